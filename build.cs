#!/usr/bin/env dotnet
// The one build program of FugakuDnn. build.sh and build.ps1 pass their arguments on to it.
#:include build/**/*.cs
#:property PublishAot=false
using FugakuDnn.Build;

return CommandLine.Run(args);
