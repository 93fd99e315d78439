#include <stdio.h>

/* Loaded when a PostgreSQL is first connected to (Kit/LateLibrary.swift). */
#define VECINOS_POSTGRES "libpq.so.5"
#pragma clang attribute push(__attribute__((weak)), apply_to = function)
#include <libpq-fe.h>
#pragma clang attribute pop
