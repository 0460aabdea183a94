// Package source turns the paths that a user types into streams of bytes.
//
// A path is a file, a folder, or "-" for standard input. [Walk] lists what the
// paths stand for, one [Item] a file, while it goes; [Item.Open] gives the
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
// # Limits
//
// A small file can unpack to terabytes, and a folder can hold a whole disk.
// [Limits] bounds the bytes of one file, the number of files and the depth of
// folders.
//
// # Errors
//
// Every error is a [finding.Failure] that wraps its cause, apart from that of
// the context, which is returned as it is.
//
// # What it never does
//
// It writes nothing, follows no URL, expands no wildcard, and knows no format but
// gzip's frame: that a file is no workout is found out elsewhere. It keeps nothing
// between calls.
package source
