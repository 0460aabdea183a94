package source

import (
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Rel returns where the item lies below the argument that it comes from, as a
// path for whoever writes files that mirror those which were read: relative,
// with slashes, never empty, without "..", and without what is special to any
// of the systems: colons, quotes, control characters, names of devices, blanks
// and points at the end of a name. Joined with a folder it stays in the folder.
//
// A file that was named has its base name, standard input is "stdin". The
// members of an archive that was named lie below it, like the files of a
// folder; an archive that was found has its place among them: "b.zip/c.tcx".
// Two items can have one Rel, and more of them where a file system does not
// tell capitals from small letters.
func (it Item) Rel() string {
	rel := it.rel
	switch {
	case rel != "":
	case it.Name == Stdin:
		rel = "stdin"
	default:
		rel = filepath.Base(it.Name)
	}
	rel = strings.ToValidUTF8(filepath.ToSlash(rel), "\ufffd")
	var parts []string
	for part := range strings.SplitSeq(rel, "/") {
		if part != "" && part != "." {
			parts = append(parts, portable(part))
		}
	}
	if len(parts) == 0 {
		return "_"
	}
	return strings.Join(parts, "/")
}

// portable makes a name that every file system takes for the name of a file.
func portable(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`<>:"|?*\/`, r) {
			return '_'
		}
		return r
	}, name)
	// Windows drops points and blanks at the end, and so makes ".." of ".. .".
	kept := strings.TrimRight(name, ". ")
	name = kept + strings.Repeat("_", len(name)-len(kept))
	device, _, _ := strings.Cut(name, ".")
	if isDevice(strings.TrimRight(device, " ")) {
		name = "_" + name
	}
	return name
}

// isDevice knows the names that stand for devices on Windows, in every folder.
func isDevice(name string) bool {
	name = strings.ToUpper(name)
	switch name {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	number, ok := strings.CutPrefix(name, "COM")
	if !ok {
		number, ok = strings.CutPrefix(name, "LPT")
	}
	r, n := utf8.DecodeRuneInString(number)
	return ok && n > 0 && n == len(number) && strings.ContainsRune("0123456789¹²³", r)
}

// utf8Names is the flag that says that a member's name is in UTF-8.
const utf8Names = 1 << 11

// memberName makes a harmless name of what an archive calls a member: a
// relative path with slashes, in UTF-8, without control characters and without
// "..", in place of which stands "__". It is not ok where a walk leaves the
// member out: folders, what is hidden, what macOS puts beside files, backups.
func memberName(raw string, flags uint16) (name string, ok bool) {
	switch {
	case utf8.ValidString(raw):
	case flags&utf8Names != 0:
		raw = strings.ToValidUTF8(raw, "\ufffd")
	default:
		raw = fromCP437(raw)
	}
	raw = strings.Map(func(r rune) rune {
		switch {
		case r == '\\':
			return '/' // as programs on Windows wrote it, against the standard
		case unicode.IsControl(r):
			return '_'
		}
		return r
	}, raw)
	if strings.HasSuffix(raw, "/") {
		return "", false
	}
	var parts []string
	for part := range strings.SplitSeq(raw, "/") {
		switch {
		case part == "", part == ".":
			continue
		case part == "..":
			part = "__"
		case part == "__MACOSX", strings.HasPrefix(part, "."):
			return "", false
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return "_", true
	}
	if first := parts[0]; len(first) >= 2 && first[1] == ':' { // a drive
		parts[0] = first[:1] + "_" + first[2:]
	}
	return strings.Join(parts, "/"), !isBackup(parts[len(parts)-1])
}

// distinct gives every further member of one name a number before the
// extension: "b.fit", "b#2.fit". It keeps the order.
func distinct(members []listed) {
	taken := make(map[string]bool, len(members))
	for i := range members {
		name := members[i].name
		for n := 2; taken[members[i].name]; n++ {
			members[i].name = numbered(name, n)
		}
		taken[members[i].name] = true
	}
}

func numbered(name string, n int) string {
	dir, base := path.Split(name)
	ext := path.Ext(base)
	if strings.EqualFold(ext, ".gz") {
		ext = path.Ext(strings.TrimSuffix(base, ext)) + ext
	}
	return dir + strings.TrimSuffix(base, ext) + "#" + strconv.Itoa(n) + ext
}

// fromCP437 reads the code page of the first IBM PC, which is that of names
// without the flag for UTF-8 (APPNOTE, appendix D).
func fromCP437(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < utf8.RuneSelf {
			b.WriteByte(c)
		} else {
			b.WriteRune(cp437[c-utf8.RuneSelf])
		}
	}
	return b.String()
}

var cp437 = []rune("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀" +
	"αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0")
