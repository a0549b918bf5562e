@echo off
rem join.cmd PARTS_FOLDER SHA256SUMS TARGET: verify the parts, join them, unpack them.
rem Exit status 3: a part is missing or damaged. 4: they cannot be joined or unpacked.
setlocal enableextensions enabledelayedexpansion
set "parts=%~1"
set "target=%~3"
set "joined=%target%\payload.zip"
set "list="
for /f "usebackq tokens=1,2" %%h in ("%~2") do (
    if not exist "%parts%\%%i" exit /b 3
    set "found="
    for /f "skip=1 delims=" %%l in ('certutil -hashfile "%parts%\%%i" SHA256') do (
        if not defined found set "found=%%l"
    )
    set "found=!found: =!"
    if /i not "!found!"=="%%h" exit /b 3
    if defined list (set "list=!list!+"%parts%\%%i"") else set "list="%parts%\%%i""
)
copy /b !list! "%joined%" >nul || exit /b 4
tar -xf "%joined%" -C "%target%" --strip-components=1 || exit /b 4
del "%joined%"
exit /b 0
