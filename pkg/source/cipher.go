package source

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	yeka "github.com/yeka/zip"

	"github.com/bandport/bandport/pkg/finding"
)

// What the headers of encrypted members say (APPNOTE 4.4.4 and 4.4.5; the AES
// Encryption Information of WinZip).
const (
	encryptedFlag  = 1 << 0
	descriptorFlag = 1 << 3
	strongFlag     = 1 << 6 // PKWARE's own, which needs certificates
	maskedFlag     = 1 << 13
	aesMethod      = 99
	aesExtra       = 0x9901
)

// cipher is how a member is encrypted. github.com/yeka/zip does the work, and
// sees as little as possible of the archive: its reader of directories panics
// at short AES fields, reads zip64 fields by another rule than the standard's,
// and takes the archive's word for sizes that it allocates; and it keeps every
// encrypted member in memory, twice where that is ZipCrypto. So it gets an
// archive that is made up here, with one stored member: the encrypted bytes as
// they are. What it returns is decrypted, and still packed.
type cipher struct {
	strength   byte // of AES: 1 to 3; 0 is ZipCrypto
	noChecksum bool // AE-2: the signature stands in for it
	check      byte // ZipCrypto: the last byte of the header, which proves the password
}

const (
	zipCryptoHeader = 12 // bytes
	aesSignature    = 10 // bytes
)

// newCipher reads how a member is encrypted, and corrects its method where the
// header names AES in place of it.
func newCipher(m *member, f *zip.File) (*cipher, error) {
	if f.Flags&(strongFlag|maskedFlag) != 0 {
		return nil, unknownMethod("PKWARE's strong encryption")
	}
	if f.Method != aesMethod {
		if m.packed < zipCryptoHeader {
			return nil, damaged(finding.Place{}, "it is too short for its encryption", nil)
		}
		c := &cipher{check: byte(f.CRC32 >> 24)}
		if f.Flags&descriptorFlag != 0 {
			c.check = byte(f.ModifiedTime >> 8)
		}
		return c, nil
	}
	for extra := f.Extra; len(extra) >= 4; {
		id, size := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; size > len(extra) {
			break
		}
		if id == aesExtra && size >= 7 {
			version, strength := binary.LittleEndian.Uint16(extra), extra[4]
			if version < 1 || version > 2 || strength < 1 || strength > 3 {
				return nil, unknownMethod(fmt.Sprintf("AES of version %d and strength %d", version, strength))
			}
			m.method = binary.LittleEndian.Uint16(extra[5:])
			c := &cipher{strength: strength, noChecksum: version == 2}
			if m.packed < c.overhead() {
				return nil, damaged(finding.Place{}, "it is too short for its encryption", nil)
			}
			return c, nil
		}
		extra = extra[size:]
	}
	return nil, damaged(finding.Place{}, "it does not say how it is encrypted", nil)
}

// overhead is how many bytes AES adds: salt, two that prove the password, and
// the signature.
func (c *cipher) overhead() int64 { return int64(4+4*c.strength) + 2 + aesSignature }

// decrypt returns the packed bytes of a member. Its error is that of a password
// that is wrong, as far as its check tells.
func (c *cipher) decrypt(archive io.ReaderAt, m *member) (io.Reader, error) {
	if c.strength == 0 {
		return c.zipCrypto(io.NewSectionReader(archive, m.at, m.packed), m.home.password)
	}
	r, err := c.aes(archive, m)
	if errors.Is(err, yeka.ErrPassword) {
		return nil, wrongPassword(err)
	}
	if err != nil {
		return nil, undecipherable(err)
	}
	return r, nil
}

func wrongPassword(cause error) error {
	return finding.Fail(finding.ZipWrongPassword, finding.Place{}, "", cause)
}

// zipCrypto decrypts as it goes: of yeka's it uses the keys alone, because its
// reader takes a whole member at once, and does not check the password.
func (c *cipher) zipCrypto(r io.Reader, password []byte) (io.Reader, error) {
	var header [zipCryptoHeader]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, undecipherable(err)
	}
	keys := yeka.NewZipCrypto(password)
	if plain := keys.Decrypt(header[:]); plain[zipCryptoHeader-1] != c.check {
		return nil, wrongPassword(yeka.ErrPassword)
	}
	return &zipCrypto{r: r, keys: keys}, nil
}

type zipCrypto struct {
	r    io.Reader
	keys *yeka.ZipCrypto
}

func (z *zipCrypto) Read(p []byte) (int, error) {
	n, err := z.r.Read(p)
	copy(p, z.keys.Decrypt(p[:n]))
	return n, err
}

// aes makes the archive that yeka reads. Its directory is in front, so that no
// size of a member is too large for its fields; behind the member are zeros,
// for yeka looks for further directories in what is right before the end.
func (c *cipher) aes(archive io.ReaderAt, m *member) (r io.Reader, err error) {
	defer recovered(&err)
	const central, extra, local, padding, end = 46, 11, 30, 64, 22
	front := make([]byte, central+extra+local)
	put16 := func(b []byte, at int, v uint16) { binary.LittleEndian.PutUint16(b[at:], v) }
	put32 := func(b []byte, at int, v uint32) { binary.LittleEndian.PutUint32(b[at:], v) }
	put32(front, 0, 0x02014b50)
	put16(front, 8, encryptedFlag)
	put16(front, 10, aesMethod)
	put16(front, 30, extra)
	put32(front, 42, central+extra) // where the local header is
	put16(front, central, aesExtra)
	put16(front, central+2, extra-4)
	put16(front, central+4, 2) // without a checksum, which is ours to verify
	copy(front[central+6:], "AE")
	front[central+8] = c.strength
	put16(front, central+9, zip.Store)
	put32(front, central+extra, 0x04034b50)
	back := make([]byte, padding+end)
	put32(back, padding, 0x06054b50)
	put16(back, padding+8, 1)
	put16(back, padding+10, 1)
	put32(back, padding+12, central+extra)

	all := &joined{front: front, middle: archive, at: m.at, size: m.packed, back: back}
	zr, err := yeka.NewReader(all, int64(len(front))+m.packed+int64(len(back)))
	if err != nil {
		return nil, err
	}
	if len(zr.File) != 1 {
		return nil, yeka.ErrFormat
	}
	f := zr.File[0]
	f.CompressedSize64 = uint64(m.packed)
	f.DeferAuth = true // the signature is checked at the end, or all of it would be in memory
	f.SetPassword(string(m.home.password))
	plain, err := f.Open()
	if err != nil {
		return nil, err
	}
	return &guarded{r: plain}, nil
}

// guarded is a reader of yeka's whose panic is an error.
type guarded struct{ r io.Reader }

func (g *guarded) Read(p []byte) (n int, err error) {
	defer recovered(&err)
	return g.r.Read(p)
}

// isForged reports whether the signature at the end does not fit what is before
// it.
func isForged(err error) bool {
	return errors.Is(err, yeka.ErrAuthentication) || errors.Is(err, yeka.ErrDecryption)
}

func undecipherable(err error) error {
	if f := (*finding.Failure)(nil); errors.As(err, &f) {
		return err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, yeka.ErrFormat) || errors.Is(err, yeka.ErrDecryption) {
		return damaged(finding.Place{}, "it cannot be decrypted", err)
	}
	return err // the disk's
}

// recovered makes an error of a panic in a package that is not ours.
func recovered(err *error) {
	if v := recover(); v != nil {
		*err = damaged(finding.Place{}, "it cannot be decrypted", fmt.Errorf("panic: %v", v))
	}
}

// joined is bytes, a part of an archive, and bytes.
type joined struct {
	front  []byte
	middle io.ReaderAt
	at     int64
	size   int64
	back   []byte
}

func (j *joined) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		rest, here := p[n:], off+int64(n)
		behind := here - int64(len(j.front)) - j.size
		switch {
		case here < int64(len(j.front)):
			n += copy(rest, j.front[here:])
		case behind < 0:
			k, err := j.middle.ReadAt(rest[:min(int64(len(rest)), -behind)], j.at+here-int64(len(j.front)))
			n += k
			if err != nil && k == 0 {
				return n, err
			}
		case behind < int64(len(j.back)):
			n += copy(rest, j.back[behind:])
		default:
			return n, io.EOF
		}
	}
	return n, nil
}
