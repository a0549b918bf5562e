; The installer for Windows: per user, without administrator rights and without a network.
;
;     makensis -DVERSION=0.1.0 -DPAYLOAD=dist/FPT-Studio -DOUTPUT=setup.exe installer.nsi
;     makensis -DVERSION=0.1.0 -DPARTS=release/parts -DBYTES=5000000000 -DOUTPUT=setup.exe installer.nsi
;
; With PAYLOAD the program is inside. With PARTS (the CUDA build, which passes the 2 GB of an
; installer) it lies beside it in payload.zip.part-NNN, which are verified, joined and unpacked.
;
; For hospital IT:  setup.exe /S [/D=C:\folder]       exit status 0, or 2 with nothing changed
;                   uninstall.exe /S [/MODELS]        /MODELS also removes models and settings

Unicode true
Target amd64-unicode
ManifestDPIAware true
RequestExecutionLevel user
SetCompressor /SOLID lzma
!include MUI2.nsh
!include FileFunc.nsh
!include WinVer.nsh
!include LogicLib.nsh

!define NAME "FPT Studio"
!define KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\FPTStudio"
Name "${NAME} ${VERSION}"
OutFile "${OUTPUT}"
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "${KEY}" "InstallLocation"
BrandingText "For research use only. Not a medical device."
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${NAME} setup"
VIAddVersionKey "LegalCopyright" "Apache-2.0"
!ifdef ICON
  !define MUI_ICON "${ICON}"
  !define MUI_UNICON "${ICON}"
!endif
!define MUI_FINISHPAGE_RUN "$INSTDIR\${NAME}.exe"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_LICENSE "${LICENCE}"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_COMPONENTS
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; One sentence, in a box or in silence, and nothing changed.
!macro GiveUp SENTENCE
  RMDir /r "$INSTDIR.new"
  MessageBox MB_OK|MB_ICONSTOP "${SENTENCE}" /SD IDOK
  SetErrorLevel 2
  Quit
!macroend

Function .onInit
  SetShellVarContext current
  ${IfNot} ${AtLeastWin10}
    !insertmacro GiveUp "${NAME} needs Windows 10 or newer."
  ${EndIf}
FunctionEnd

Section "-Program"
  SetShellVarContext current
  ClearErrors
  RMDir /r "$INSTDIR.new"
  CreateDirectory "$INSTDIR.new"
  ${If} ${Errors}
    !insertmacro GiveUp "$INSTDIR cannot be written to. Choose another folder."
  ${EndIf}
  ; The new version lies beside the old one until it is whole.
  SetOutPath "$INSTDIR.new"
!ifdef PAYLOAD
  SetOverwrite try
  File /r "${PAYLOAD}/*"
  ${If} ${Errors}
    !insertmacro GiveUp "The disk is full or a file could not be written. Nothing was changed; free some space and start again."
  ${EndIf}
!else
  Call JoinParts
!endif
  WriteUninstaller "$INSTDIR.new\uninstall.exe"
  SetOutPath "$TEMP"
  ${If} ${FileExists} "$INSTDIR\*"
    ; A program that runs holds its folder.
    ClearErrors
    RMDir /r "$INSTDIR.old"
    Rename "$INSTDIR" "$INSTDIR.old"
    ${If} ${Errors}
      !insertmacro GiveUp "${NAME} is running. Close it and start again; nothing was changed."
    ${EndIf}
  ${EndIf}
  ClearErrors
  Rename "$INSTDIR.new" "$INSTDIR"
  ${If} ${Errors}
    Rename "$INSTDIR.old" "$INSTDIR"
    !insertmacro GiveUp "$INSTDIR cannot be written to. Nothing was changed."
  ${EndIf}
  Call MoveOthersAlong
  RMDir /r "$INSTDIR.old"
  Call Register
SectionEnd

; What a person put beside the program, or had in the folder that was chosen.
Function MoveOthersAlong
  FindFirst $0 $1 "$INSTDIR.old\*"
  ${While} $1 != ""
    ${If} $1 != "."
    ${AndIf} $1 != ".."
    ${AndIfNot} ${FileExists} "$INSTDIR\$1"
      Rename "$INSTDIR.old\$1" "$INSTDIR\$1"
    ${EndIf}
    FindNext $0 $1
  ${EndWhile}
  FindClose $0
FunctionEnd

!ifdef PARTS
; Verify every part against the hashes in SHA256SUMS, which are inside of this installer; then
; join and unpack, with what Windows 10 brings.
Function JoinParts
  InitPluginsDir
  File "/oname=$PLUGINSDIR\SHA256SUMS" "${PARTS}/SHA256SUMS"
  File "/oname=$PLUGINSDIR\join.cmd" "${__FILEDIR__}/join.cmd"
  ${GetRoot} "$INSTDIR" $0
  ${DriveSpace} "$0\" "/D=F /S=B" $1
  System::Int64Op $1 < ${BYTES}
  Pop $2
  ${If} $2 == 1
    !insertmacro GiveUp "There is not enough space on $0. Free some, or choose another disk; nothing was changed."
  ${EndIf}
  nsExec::ExecToLog '"$SYSDIR\cmd.exe" /c ""$PLUGINSDIR\join.cmd" "$EXEDIR" "$PLUGINSDIR\SHA256SUMS" "$INSTDIR.new""'
  Pop $0
  ${If} $0 == 3
    !insertmacro GiveUp "A part of the program is missing or damaged in $EXEDIR (payload.zip.part-NNN). Copy all parts again; nothing was changed."
  ${ElseIf} $0 != 0
    !insertmacro GiveUp "The parts could not be joined: the disk is full, or they cannot be read. Nothing was changed."
  ${EndIf}
FunctionEnd
!endif

Function Register
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\${NAME}.exe"
  WriteRegStr HKCU "Software\Classes\FPTStudio.Model" "" "FPT Studio model"
  WriteRegStr HKCU "Software\Classes\FPTStudio.Model\DefaultIcon" "" "$INSTDIR\${NAME}.exe,0"
  WriteRegStr HKCU "Software\Classes\FPTStudio.Model\shell\open\command" "" '"$INSTDIR\${NAME}.exe" "%1"'
  WriteRegStr HKCU "Software\Classes\.fpt" "" "FPTStudio.Model"
  ; A project is a folder: those get an entry of their own in the menu of the right button.
  WriteRegStr HKCU "Software\Classes\Directory\shell\FPTStudio" "" "Open with FPT Studio"
  WriteRegStr HKCU "Software\Classes\Directory\shell\FPTStudio" "AppliesTo" "System.FileName:~>.fptproject"
  WriteRegStr HKCU "Software\Classes\Directory\shell\FPTStudio" "Icon" "$INSTDIR\${NAME}.exe,0"
  WriteRegStr HKCU "Software\Classes\Directory\shell\FPTStudio\command" "" '"$INSTDIR\${NAME}.exe" "%1"'
  ; "Open with" of images and DICOM files.
  WriteRegStr HKCU "Software\Classes\Applications\${NAME}.exe" "FriendlyAppName" "${NAME}"
  WriteRegStr HKCU "Software\Classes\Applications\${NAME}.exe\shell\open\command" "" '"$INSTDIR\${NAME}.exe" "%1"'
  WriteRegStr HKCU "Software\Classes\Applications\${NAME}.exe\SupportedTypes" ".dcm" ""
  WriteRegStr HKCU "Software\Classes\Applications\${NAME}.exe\SupportedTypes" ".png" ""
  WriteRegStr HKCU "Software\Classes\Applications\${NAME}.exe\SupportedTypes" ".jpg" ""
  WriteRegStr HKCU "Software\Classes\Applications\${NAME}.exe\SupportedTypes" ".tif" ""
  WriteRegStr HKCU "Software\Microsoft\Windows\CurrentVersion\App Paths\fpt.exe" "" "$INSTDIR\fpt.exe"
  WriteRegStr HKCU "${KEY}" "DisplayName" "${NAME}"
  WriteRegStr HKCU "${KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${KEY}" "DisplayIcon" "$INSTDIR\${NAME}.exe"
  WriteRegStr HKCU "${KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${KEY}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  IntFmt $0 "0x%08X" $0
  WriteRegDWORD HKCU "${KEY}" "EstimatedSize" "$0"
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
FunctionEnd

Section "un.${NAME}"
  SectionIn RO
  SetShellVarContext current
  Delete "$SMPROGRAMS\${NAME}.lnk"
  DeleteRegKey HKCU "Software\Classes\FPTStudio.Model"
  ReadRegStr $0 HKCU "Software\Classes\.fpt" ""
  ${If} $0 == "FPTStudio.Model"
    DeleteRegKey HKCU "Software\Classes\.fpt"
  ${EndIf}
  DeleteRegKey HKCU "Software\Classes\Directory\shell\FPTStudio"
  DeleteRegKey HKCU "Software\Classes\Applications\${NAME}.exe"
  DeleteRegKey HKCU "Software\Microsoft\Windows\CurrentVersion\App Paths\fpt.exe"
  DeleteRegKey HKCU "${KEY}"
  ; What was installed, and nothing that a person may have put beside it.
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\${NAME}.exe"
  Delete "$INSTDIR\fpt.exe"
  Delete "$INSTDIR\sbom.cdx.json"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
SectionEnd

; Projects lie where the person put them and are never touched.
Section /o "un.Models and settings" Models
  RMDir /r "$LOCALAPPDATA\${NAME}"
  RMDir /r "$APPDATA\${NAME}"
SectionEnd

Function un.onInit
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/MODELS" $1
  ${IfNot} ${Errors}
    SectionSetFlags ${Models} 1
  ${EndIf}
FunctionEnd
