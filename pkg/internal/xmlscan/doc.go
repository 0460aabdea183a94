// Package xmlscan is a pull scanner for XML documents of any size: the ground
// on which the TCX and GPX codecs stand.
//
// # What it is for
//
// encoding/xml copies every name and every text, which costs several
// allocations a token and holds it to a few dozen megabytes a second. This
// scanner hands out windows into its buffer instead: no allocation a token, and
// an order of magnitude more speed. What a method returns as []byte is valid
// until the next call of Next, Leaf or Skip; who wants to keep it copies it.
//
// The hot call of a codec is [Scanner.Leaf]: read `<Value>123</Value>` after
// its Start in one step.
//
// # What it is strict about
//
// Tags must match by their full name, attributes must be quoted, separated by
// blanks and unique, references must be one of the five entities or the number
// of a character that XML allows, there is one root element, and nothing but
// blanks, comments and processing instructions stands beside it. A document
// type declaration is refused unread: entities declared there are the vehicle
// of every known attack on XML readers, and no workout file needs them.
//
// # What it tolerates
//
// Files from the wild break rules that do not touch their meaning. Tolerated,
// and told by [Scanner.Notes]: blanks before the XML declaration, bytes that
// are no UTF-8 and characters that XML forbids (each becomes U+FFFD), prefixes
// without a declaration, and encodings other than UTF-8, which are converted on
// the way. Tolerated silently: "--" within a comment, names with unusual
// characters, any version number, and a declaration that says UTF-16 over text
// that is plainly not.
//
// # Broken files
//
// Every token before a mistake is delivered; then comes an [Error] that says
// what and where, again and again. A text run is delivered only when its end
// was seen, so that a number cut short is never mistaken for a smaller number.
//
// # What it never does
//
// It does not validate against a schema, resolve anything external, expand
// entities, start goroutines, or hold more than a window of the document:
// 64 KiB, more only for a single token that is larger, up to [Limits].
// Attribute values are not normalised beyond line ends, as in encoding/xml.
//
// # Where its rules come from
//
// Extensible Markup Language (XML) 1.0, fifth edition, and Namespaces in XML
// 1.0, third edition. Where the standard leaves room it agrees with
// encoding/xml; the package's fuzz test holds it to that and lists the
// differences.
package xmlscan
