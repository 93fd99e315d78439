#include <qpdf/DLL.h>

/* Loaded when a PDF is first drawn (Kit/LateLibrary.swift). */
#if QPDF_MAJOR_VERSION == 11
#define VECINOS_QPDF "libqpdf.so.29"
#elif QPDF_MAJOR_VERSION == 12
#define VECINOS_QPDF "libqpdf.so.30"
#else
#error "Which file does this version of qpdf stand in? See `ls -l` of libqpdf.so."
#endif

#pragma clang attribute push(__attribute__((weak)), apply_to = function)
#include <qpdf/qpdf-c.h>
#pragma clang attribute pop
