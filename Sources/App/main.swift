import Hummingbird
import ArgumentParser
import Logging
print("x")
