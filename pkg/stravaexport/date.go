package stravaexport

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/bandport/bandport/pkg/internal/lexical"
)

// months are the beginnings of the names of months, as Strava abbreviates them,
// in English, German, French, Italian, Spanish, Portuguese, Dutch, Swedish,
// Norwegian, Danish and Polish. No beginning means two months.
var months = [12]string{
	"jan gen ene sty",
	"feb fév fev lut",
	"mar mär mrt maa mrz",
	"apr avr abr kwi",
	"may mai mag mei maj",
	"jun juin giu cze",
	"jul juil lug lip",
	"aug aoû ago sie",
	"sep set wrz",
	"oct okt ott out paź",
	"nov lis",
	"dec dez déc dic des gru",
}

// monthOf reads the name of a month.
func monthOf(word string) (time.Month, bool) {
	word = strings.ToLower(word)
	best, length := time.Month(0), 0
	for i, names := range months {
		for _, name := range strings.Fields(names) {
			if strings.HasPrefix(word, name) && len(name) > length {
				best, length = time.Month(i+1), len(name)
			}
		}
	}
	return best, length > 0
}

// parseDate reads a date in the words of any of the languages. It is in UTC.
func parseDate(s string) (time.Time, bool) {
	if t, ok := lexical.Time([]byte(s)); ok {
		return time.UnixMilli(t.UnixMilli).UTC(), true
	}
	var numbers []int
	var widths []int
	var month time.Month
	var clock []int
	half := "" // am or pm
	for _, word := range strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || r == ',' || r == '\u202f' || r == '\u200e' || r == '\u200f'
	}) {
		fold := strings.Trim(strings.ToLower(strings.ReplaceAll(word, ".m", "m")), ".")
		switch {
		case strings.Contains(word, ":"):
			for _, part := range strings.Split(word, ":") {
				n, err := strconv.Atoi(part)
				if err != nil {
					return time.Time{}, false
				}
				clock = append(clock, n)
			}
		case fold == "am" || word == "a.":
			half = "am"
		case fold == "pm" || word == "p.":
			half = "pm"
		case word[0] >= '0' && word[0] <= '9':
			for _, part := range strings.FieldsFunc(word, func(r rune) bool { return r < '0' || r > '9' }) {
				n, err := strconv.Atoi(part)
				if err != nil {
					return time.Time{}, false
				}
				numbers, widths = append(numbers, n), append(widths, len(part))
			}
		default:
			if m, ok := monthOf(strings.Trim(word, ".")); ok && month == 0 {
				month = m
			}
		}
	}
	var year, day int
	switch {
	case month != 0 && len(numbers) == 2:
		day, year = numbers[0], numbers[1]
		if widths[0] == 4 {
			year, day = day, year
		}
	case month == 0 && len(numbers) == 3 && widths[0] == 4:
		year, month, day = numbers[0], time.Month(numbers[1]), numbers[2]
	case month == 0 && len(numbers) == 3 && (half != "" || numbers[1] > 12): // the United States count the halves of the day
		month, day, year = time.Month(numbers[0]), numbers[1], numbers[2]
	case month == 0 && len(numbers) == 3:
		day, month, year = numbers[0], time.Month(numbers[1]), numbers[2]
	default:
		return time.Time{}, false
	}
	for len(clock) < 3 {
		clock = append(clock, 0)
	}
	if half != "" && (clock[0] < 1 || clock[0] > 12) {
		return time.Time{}, false
	}
	switch {
	case half == "pm" && clock[0] < 12:
		clock[0] += 12
	case half == "am" && clock[0] == 12:
		clock[0] = 0
	}
	t := time.Date(year, month, day, clock[0], clock[1], clock[2], 0, time.UTC)
	ok := year >= 1990 && year <= 2200 && t.Month() == month && t.Day() == day && t.Hour() == clock[0] && t.Minute() == clock[1] && t.Second() == clock[2]
	return t, ok
}
