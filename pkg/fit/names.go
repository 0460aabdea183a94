package fit

import (
	_ "embed" // the names
	"strconv"
	"strings"
)

// The names of the profile, a number and a name in each line.
var (
	//go:embed names/manufacturers.txt
	manufacturers string
	//go:embed names/garmin.txt
	garminProducts string
	//go:embed names/sports.txt
	sports string
	//go:embed names/subsports.txt
	subSports string
	//go:embed names/files.txt
	fileTypes string
)

// name looks a number up in a list of names; it is "" where the list does not
// have it. It is called a few times a file.
func name(list string, number int) string {
	if number < 0 {
		return ""
	}
	word := strconv.Itoa(number) + " "
	if !strings.HasPrefix(list, word) {
		i := strings.Index(list, "\n"+word)
		if i < 0 {
			return ""
		}
		list = list[i+1:]
	}
	line, _, _ := strings.Cut(list, "\n")
	return line[len(word):]
}

// nameOr is name, with the number itself where there is no name.
func nameOr(list string, number int) string {
	if s := name(list, number); s != "" || number < 0 {
		return s
	}
	return strconv.Itoa(number)
}

// Manufacturers whose products have Garmin's numbers.
const (
	garmin        = 1
	dynastream    = 15
	dynastreamOEM = 13
	tacx          = 89
)

// product names a product as the profile does, such as "edge_810". Only those
// of Garmin have names there.
func product(manufacturer, number int) string {
	switch manufacturer {
	case garmin, dynastream, dynastreamOEM, tacx:
		return name(garminProducts, number)
	}
	return ""
}

// known are the fields of the messages that are read, as bits by number, in
// Garmin's profile 21.212.
var known = map[uint16][4]uint64{
	messageFileID:      {0x13f},
	messageUser:        {0x28001f0e77fff, 0, 0, 0x4000000000000000},
	messageSport:       {0xb},
	messageSession:     {0xfffffeffffffefff, 0xffffc3fffffc40ff, 0xcf00700187ffa7f, 0x60000000000701ff},
	messageLap:         {0xffffffef07ffffff, 0x1ffffffcfbfffcc0, 0x1f6f80300, 0x6000000000000000},
	messageRecord:      {0x4fffff83f00e3fff, 0xf9fc100ff8be43f8, 0x802, 0x2000000000000000},
	messageEvent:       {0x1e0ff9f, 0, 0, 0x2000000000000000},
	messageDevice:      {0x10a7c0cff, 0, 0, 0x2000000000000000},
	messageActivity:    {0x7f, 0, 0, 0x2000000000000000},
	messageFileCreator: {0x3},
	messageLength:      {0x3fc1eff, 0, 0, 0x6000000000000000},
	messageHeart:       {0x643, 0, 0, 0x2000000000000000},
	messageDescription: {0xe7ff},
	messageDeveloper:   {0x1f},
	messageBattery:     {0xf, 0, 0, 0x2000000000000000},
}

// The messages that are read.
const (
	messageFileID      = 0
	messageUser        = 3
	messageSport       = 12
	messageSession     = 18
	messageLap         = 19
	messageRecord      = 20
	messageEvent       = 21
	messageDevice      = 23
	messageActivity    = 34
	messageFileCreator = 49
	messageLength      = 101
	messageHeart       = 132
	messageDescription = 206
	messageDeveloper   = 207
	messageBattery     = 375
)

// messages are the numbers of all messages of the profile.
var messages = bits(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 15, 18, 19, 20, 21, 23, 26, 27, 28, 30, 31, 32, 33, 34, 35,
	37, 38, 39, 49, 51, 53, 55, 72, 78, 80, 81, 82, 101, 103, 105, 106, 127, 128, 129, 131, 132, 142, 145, 148, 149, 150,
	151, 158, 159, 160, 161, 162, 164, 165, 167, 169, 174, 177, 178, 184, 185, 186, 187, 188, 200, 201, 202, 206, 207, 208,
	209, 210, 211, 216, 225, 227, 229, 258, 259, 262, 264, 268, 269, 275, 285, 289, 290, 297, 302, 304, 305, 306, 307, 308,
	312, 313, 314, 315, 317, 319, 323, 346, 370, 371, 372, 375, 376, 387, 388, 389, 393, 398, 409, 412, 470, 471)

func bits(numbers ...uint16) (set [8]uint64) {
	for _, n := range numbers {
		set[n>>6] |= 1 << (n & 63)
	}
	return set
}

// knownMessage reports whether the profile has a message.
func knownMessage(global uint16) bool {
	return int(global>>6) < len(messages) && messages[global>>6]&(1<<(global&63)) != 0
}
