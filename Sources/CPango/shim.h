/* Glib's own functions first: those that its macros define in each header can't be weak, and nobody here wants them. */
#include <glib-object.h>
#include <hb.h>
#undef G_DEFINE_AUTOPTR_CLEANUP_FUNC
#define G_DEFINE_AUTOPTR_CLEANUP_FUNC(type, function)

/* Loaded when a PDF is first drawn (Kit/LateLibrary.swift). */
#define VECINOS_PANGO "libpangocairo-1.0.so.0"
#pragma weak g_object_unref
#pragma clang attribute push(__attribute__((weak)), apply_to = function)
#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#pragma clang attribute pop
