package activity

// Fields is the set of fields that a record carries.
type Fields uint16

// The fields of a record.
const (
	Time Fields = 1 << iota
	Position
	Altitude
	Distance
	Speed
	HeartRate
	Cadence
	Power
	Temperature
)

// fieldNames are the names of the bits of Fields, from the lowest.
var fieldNames = [...]string{
	"time", "position", "altitude", "distance", "speed", "heartrate", "cadence", "power", "temperature",
}

// Record is one sample. A field counts only where its bit in Has is set.
type Record struct {
	Time        int64   // ms since the Unix epoch, UTC
	Lat, Lon    float64 // degrees, WGS 84
	Altitude    float64 // m above sea level, as the device gives it
	Distance    float64 // m since the start, as the device counts it
	Speed       float32 // m/s, as the device gives it
	HeartRate   float32 // bpm
	Cadence     float32 // rpm; of one leg on foot
	Power       float32 // W
	Temperature float32 // °C
	Has         Fields
}

// HasAll reports whether the record carries all of the given fields.
func (r *Record) HasAll(f Fields) bool { return r.Has&f == f }

// FieldNames returns the names of the fields, in the order of their bits.
func FieldNames() []string { return append([]string{}, fieldNames[:]...) }
