// Package xmlwrite writes XML for the TCX and GPX codecs: markup as the codecs
// spell it, and between it texts, numbers and times that read back as they were.
//
// It holds a buffer of some kilobytes and never the document, and allocates
// nothing for a number or a time. It does not know which elements are open:
// the codecs' tests, and readers that we did not write, hold them to that.
//
// A number has as many digits as it takes to read the same number again, and no
// exponent, which decimals of XML Schema do not have.
package xmlwrite
