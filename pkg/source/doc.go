// Package source turns the paths that a user types into streams of bytes.
//
// A path is a file, a folder, a zip archive, or "-" for standard input. [Walk]
// lists what the paths stand for, one [Item] a file, while it goes; [Item.Open] gives the
// bytes of one, decompressed and bounded.
//
// # Order
//
// The order is the same on every machine, because results are printed in it:
// arguments in the order given, and within a folder the byte order of the
// paths relative to it, written with slashes. That is the order of
// `LC_ALL=C sort`, and of git: "a-b/x" comes before "a/x", for '-' is the
// smaller byte. The listing of one folder for each level is in memory at a time,
// never that of the whole tree.
//
// # What a folder holds
//
// What the user names is always delivered: hidden or not, link, named pipe or
// device, and twice where it was named twice. What is merely found in a folder
// is filtered:
//
//   - hidden files and folders, whose names begin with '.', are left out; an
//     attribute that hides files on Windows does not count;
//   - so are an editor's backups: names that end in "~" or ".bak" and names
//     like "#this#". This holds for files, not for folders;
//   - links are followed, to files and to folders. A folder that can be reached
//     in several ways because of a link is listed once for each argument, in
//     the place that comes first, so that links that run in circles end. A file
//     that is there twice, once as a link, is delivered twice;
//   - devices, sockets and named pipes are left out.
//
// A link that leads nowhere, a folder that cannot be listed, one that lies too
// deep: each of them is an Item with an error, and the rest goes on.
//
// # Compression
//
// Data that begins with the two bytes of gzip (1f 8b, RFC 1952) is
// decompressed, whatever the name says, and data that does not is left alone,
// even in a file named .gz. Members that follow each other are one stream, as
// section 2.2 of the RFC wants it. Other bytes after a member are ignored, as by
// gzip(1), which does so for padding on tapes. Gzip within gzip is unpacked once.
//
// # Archives
//
// A file that begins like a zip archive is one, whatever its name, and a walk
// delivers its members in its place: "a.zip!dir/b.fit", in the byte order of
// their names. What is left out of folders is left out of archives, and so are
// links, and the folders __MACOSX that macOS adds. Members in gzip are unpacked
// as files are. An archive in an archive is unpacked too: "a.zip!b.zip!c.tcx"; so
// is one in gzip, and one that comes from standard input. Of members with one
// name the second is called "b#2.fit".
//
// Nothing is written to where a name says. Names are made harmless all the same,
// because others may put files where names say: see [Item.Rel]. They are in
// UTF-8, or else in code page 437, as the standard has it.
//
// A member is unpacked by whoever opens it, while it is read: members are not
// kept in memory, and can be read at the same time. Deflate and what is stored
// can be read. Encryption can be WinZip's AES or the old ZipCrypto;
// Options.Password is asked for the password, once for each archive. Two bytes
// in a member of AES, and one of ZipCrypto, tell a wrong password before the
// end. AES is authenticated at the end, after the bytes were delivered: what was
// read before an error is not proven. Telling formats costs the derivation of a
// key for each AES member twice, about a millisecond each.
//
// An archive that lies on the disk as a file is opened anew for each member, as
// if that were a file in a folder; nothing stays open for items that nobody
// reads. An archive that can be read only once, from the start, has to be
// copied: from standard input, from gzip, from an archive. Up to [InMemory] bytes
// are kept in memory. A larger copy is a temporary file, which others cannot
// read, and which has no name where the system allows that; it goes when its
// members were read. [Item.Release] says more.
//
// The directory of an archive at its end rules. Without it, as in a download
// that was cut off, nothing is read.
//
// # Limits
//
// A small file can unpack to terabytes, and a folder can hold a whole disk.
// [Limits] bounds the bytes of one file, the number of files and the depth of
// folders; and of archives the members, the levels, how much becomes of a byte,
// and the bytes altogether, which also ends members that share their data. What
// counts is what was read, not what headers promise.
//
// # Errors
//
// Every error is a [finding.Failure] that wraps its cause, apart from that of
// the context, which is returned as it is.
//
// # What it never does
//
// It writes nothing but the copies of archives, follows no URL, expands no
// wildcard, and knows no format but the frames of gzip and zip: that a file is no workout is found out elsewhere. It keeps nothing
// between calls.
package source
