package fit

import (
	"slices"
	"strings"
)

// Strava takes the altitude of devices that it knows to have a barometer as it
// is, and looks that of all others up on its own map. Its list is not public, but
// originals and results were compared: of 20 products of four makers that have a
// barometer 389 of 404 outdoor recordings have on Strava the lowest and the highest
// altitude of the file, of nine products and apps that have none 7 of 236. So its
// list is taken to be that of all devices with a barometer. It lags behind: a watch
// that had been on sale for a week was not on it yet.
//
// A Garmin tells of its barometer among its own sensors, since about 2015: of 332
// recordings that tell, of 16 products and four athletes, Strava believed 320, of
// 107 that do not tell, of five products and three athletes, none. Athletes had the
// others corrected.

// anyProduct stands for all products of a manufacturer.
const anyProduct = -1

// Manufacturers of devices with a barometer, beside Garmin.
const (
	suunto     = 23
	wahoo      = 32
	sigma      = 70
	polar      = 123
	lezyne     = 258
	zwift      = 260
	ofStrava   = 265
	hammerhead = 289
	coros      = 294
)

// barometers are devices with a barometer: those of which recordings were
// compared, and others by what their makers say of them.
var barometers = []struct {
	manufacturer int
	products     []int
}{
	{suunto, []int{
		18, 19, 22, 25, // Ambit, 2, 3 Peak, 3 Vertical; the S, R, Sport and Run have none
		26, 27, 29, 32, // Traverse, Traverse Alpha, Spartan Ultra, Spartan Sport Wrist HR Baro
		34, 40, 42, 58, // 9 Baro, 7, 9 Peak (took 8 of 9), 9 Peak Pro
	}},
	{wahoo, []int{28, 31, 37, 39}},                             // ELEMNT, Bolt (took 16 of 17), Roam; 0 is its phone app (took 1 of 9)
	{sigma, []int{15, 41, 44, 49}},                             // ROX 10, 11, 12, 11.1
	{polar, []int{13, 19, 106, 172}},                           // V800, V650, M450, M460
	{polar, []int{203, 230, 263, 217, 251, 264, 270, 91, 261}}, // Vantage V, V2, V3, Grit X, X Pro, X2, Pacer Pro
	{lezyne, []int{7, 11, 12}},                                 // Micro C, Mega XL, Mega C
	{zwift, []int{anyProduct}},                                 // its world is its own (took 83 of 83)
	{ofStrava, []int{1157}},                                    // its own watch app (took 33 of 33); 1155 was looked up
	{hammerhead, []int{anyProduct}},
	{coros, []int{anyProduct}},
}

// barometer is what the format calls one among a device's own sensors.
const barometer = "barometer"

// elemnt begins the names of Wahoo's devices, all of which have a barometer.
const elemnt = "ELEMNT"

// families are Garmin's products with a barometer, by their names in the profile
// without what may follow after a "_", such as a region. They are for recordings
// that do not tell: of devices of before 2015, and those that another program
// wrote once more.
var families = strings.Fields(`
	edge500 edge510 edge520 edge_520_plus edge_530 edge_540 edge_550 edge800 edge810 edge_820 edge_830 edge_840 edge_850
	edge1000 edge_1030 edge_1040 edge_1050 edge_130 edge_mtb
	fr910xt fr920xt fr935 fr945 fr955 fr965 fr645 fr645m fr745 fr165 fr255 fr265
	fenix fenix2 fenix3 fenix5 fenix5s fenix5x fenix6 fenix6s fenix6x fenix7 fenix7s fenix7x fenix8 epix
	enduro enduro2 enduro3 tactix7 tactix8 marq descent foretrex gpsmap66 gpsmap66i
	instinct instinct3 instincte
	venu venu2 venu2s venu3 venu3s venu4 venu4s
	vivo_active_hr vivoactive3 vivoactive3m vivo_active3m vivoactive4 vivo_active4`)

// barometric reports whether a device has a barometer, by its numbers and the
// name that the file gives it.
func barometric(manufacturer, number int, called string) bool {
	switch manufacturer {
	case garmin:
		name := strings.ToLower(product(garmin, number))
		return slices.ContainsFunc(families, func(f string) bool {
			rest, ok := strings.CutPrefix(name, f)
			return ok && (rest == "" || rest[0] == '_')
		})
	case wahoo:
		if strings.HasPrefix(called, elemnt) {
			return true
		}
	}
	for i := range barometers {
		b := &barometers[i]
		if b.manufacturer == manufacturer && (slices.Contains(b.products, number) || b.products[0] == anyProduct) {
			return true
		}
	}
	return false
}

// tellsBarometer reports whether a Garmin names a barometer among its own
// sensors. Of other makers' devices it is not known whether Strava would care.
func (p *part) tellsBarometer() bool {
	return p.manufacturer == garmin && slices.ContainsFunc(p.devices, func(d device) bool { return d.Kind == barometer })
}
