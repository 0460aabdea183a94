// Package ordinary lets a test about permissions run as an ordinary user where
// the tests run as root, whom no permission stops, as they do in many containers.
//
// It is imported by tests only.
package ordinary
