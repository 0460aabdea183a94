// Package fuzztest is what fuzz targets share: the bounds of memory and time that
// one execution has to keep ([Bounds]).
//
// A fuzzer by itself notices panics and broken laws. An input of a few bytes that
// takes gigabytes or minutes goes unnoticed where the machine has both, so each
// target that reads what strangers write measures its executions.
//
// It is imported by tests only.
package fuzztest
