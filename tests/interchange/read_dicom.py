"""Scans in DICOM, read by tools:preprocess and by readers of others: every voxel lies where pydicom says that it was scanned.

Not part of `bazel test`, whose sandbox has no pydicom. By hand, after
  ./tools/bazel build //tools:preprocess
  python3 tests/interchange/read_dicom.py --bin=bazel-bin
with a python3 that has numpy, pydicom and SimpleITK (tried with 2.4, 3.0 and 2.5). Each series holds a smooth function of the place in the
patient. pydicom gives the places and values of the input's pixels, SimpleITK the value at that place in what preprocess made of it.
Prints a line a series; exit status 1 if one failed.
"""

import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless, generate_uid

COLUMNS, ROWS, SLICES = 48, 40, 32
PIXEL, APART = (1.5, 1.25), 3.0  # mm between rows and between columns; mm between slices
AXIAL = (1, 0, 0, 0, 1, 0)
SAGITTAL = (0, 1, 0, 0, 0, -1)
OBLIQUE = (np.cos(.3), 0, -np.sin(.3), 0, 1, 0)


def hu(place):
    """The values at places in mm, LPS, which are the last axis."""
    x, y, z = np.moveaxis(place, -1, 0)
    return 800 * np.sin(x / 40) * np.cos(y / 35 + .4) - 150 + 1.5 * z


def places(position, orientation):
    """Where the pixels of a slice lie, [rows, columns, 3]."""
    across, down = np.array(orientation[:3], float), np.array(orientation[3:], float)
    i, j = np.meshgrid(np.arange(COLUMNS), np.arange(ROWS))
    return np.asarray(position, float) + across * (i * PIXEL[1])[..., None] + down * (j * PIXEL[0])[..., None]


def item(**values):
    made = pydicom.Dataset()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def dataset(object_class, syntax, series, study):
    meta = pydicom.dataset.FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID, meta.TransferSyntaxUID = object_class, generate_uid(), syntax
    made = pydicom.dataset.FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID, made.Modality = object_class, meta.MediaStorageSOPInstanceUID, "CT"
    made.SeriesInstanceUID, made.StudyInstanceUID, made.PatientID = series, study, "x"
    made.Rows, made.Columns, made.SamplesPerPixel, made.PhotometricInterpretation = ROWS, COLUMNS, 1, "MONOCHROME2"
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 16, 15, 0
    return made


def stored(position, orientation):
    return np.rint((hu(places(position, orientation)) + 1024) * 2).astype(np.uint16)  # with a slope of a half


def write_series(folder, orientation=AXIAL, tilt=0.0, syntax=ExplicitVRLittleEndian, edit=None, preamble=True):
    os.makedirs(folder)
    series, study = generate_uid(), generate_uid()
    normal = np.cross(orientation[:3], orientation[3:])
    order = np.random.default_rng(1).permutation(SLICES)  # names do not follow places
    for k in range(SLICES):
        position = np.array([-30, -25, -40]) + k * APART * (normal + np.tan(tilt) * np.array(orientation[3:]))
        d = dataset("1.2.840.10008.5.1.4.1.1.2", ExplicitVRLittleEndian if syntax == RLELossless else syntax, series, study)
        d.ImagePositionPatient, d.ImageOrientationPatient = [f"{x:.8g}" for x in position], [f"{x:.8g}" for x in orientation]
        d.PixelSpacing, d.RescaleSlope, d.RescaleIntercept = list(PIXEL), "0.5", "-1024"
        d.PixelData = stored(position, orientation).tobytes()
        d["PixelData"].VR = "OW"
        if syntax == RLELossless:
            d.compress(RLELossless)
        if edit:
            edit(k, d)
        path = f"{folder}/{order[k]}"
        if preamble:
            d.save_as(path, enforce_file_format=True)
        else:
            buffer = pydicom.filebase.DicomBytesIO()
            buffer.is_little_endian, buffer.is_implicit_VR = True, syntax == ImplicitVRLittleEndian
            pydicom.filewriter.write_dataset(buffer, pydicom.Dataset(d))
            with open(path, "wb") as out:
                out.write(buffer.getvalue())


def write_enhanced(folder, orientation=AXIAL, syntax=ExplicitVRLittleEndian):
    os.makedirs(folder)
    uncompressed = ExplicitVRLittleEndian if syntax == RLELossless else syntax
    d = dataset("1.2.840.10008.5.1.4.1.1.2.1", uncompressed, generate_uid(), generate_uid())
    normal = np.cross(orientation[:3], orientation[3:])
    positions = [np.array([-30, -25, -40]) + int(k) * APART * normal for k in np.random.default_rng(2).permutation(SLICES)]
    d.NumberOfFrames = SLICES
    d.SharedFunctionalGroupsSequence = [item(
        PlaneOrientationSequence=[item(ImageOrientationPatient=[f"{x:.8g}" for x in orientation])],
        PixelMeasuresSequence=[item(PixelSpacing=list(PIXEL), SliceThickness=APART)])]
    d.PerFrameFunctionalGroupsSequence = [item(
        FrameContentSequence=[item(FrameAcquisitionNumber=1)],
        PlanePositionSequence=[item(ImagePositionPatient=[f"{x:.8g}" for x in p])],
        PixelValueTransformationSequence=[item(RescaleSlope="0.5", RescaleIntercept="-1024", RescaleType="HU")]) for p in positions]
    d.PixelData = np.stack([stored(p, orientation) for p in positions]).tobytes()
    d["PixelData"].VR = "OW"
    if syntax == RLELossless:
        d.compress(RLELossless)
    d.save_as(f"{folder}/object", enforce_file_format=True)


def scanned(folder):
    """The places and values of all pixels, by pydicom."""
    for name in sorted(os.listdir(folder)):
        d = pydicom.dcmread(f"{folder}/{name}", force=True)
        if "TransferSyntaxUID" not in d.file_meta:
            d.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if d.original_encoding[0] else ExplicitVRLittleEndian
        pixels = d.pixel_array.astype(float)
        if "PerFrameFunctionalGroupsSequence" not in d:
            yield places(d.ImagePositionPatient, d.ImageOrientationPatient), pixels * d.RescaleSlope + d.RescaleIntercept
            continue
        orientation = d.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0].ImageOrientationPatient
        for frame, own in zip(d.PerFrameFunctionalGroupsSequence, pixels):
            rescale = frame.PixelValueTransformationSequence[0]
            yield (places(frame.PlanePositionSequence[0].ImagePositionPatient, orientation),
                   own * rescale.RescaleSlope + rescale.RescaleIntercept)


def placed(volume, slices, orientation):
    """What preprocess made, which begins at zero, put where the scan lies: its axes are those of the slices, turned to right, front
    and head, and begin where the slices' first pixels do."""
    image = sitk.Cast(sitk.ReadImage(volume), sitk.sitkFloat64)
    across, down = np.array(orientation[:3], float), np.array(orientation[3:], float)
    points = np.concatenate([place.reshape(-1, 3) for place, _ in slices])
    array = sitk.GetArrayFromImage(image)
    origin, directions, flipped = np.zeros(3), [None] * 3, [False] * 3
    for axis in (across, down, np.cross(across, down)):
        nearest = int(np.argmax(np.abs(axis)))
        flipped[nearest] = axis[nearest] * (-1 if nearest < 2 else 1) < 0  # places are LPS
        directions[nearest] = axis
        origin += axis * (points @ axis).min()
    array = np.flip(array, [2 - a for a in range(3) if flipped[a]])
    result = sitk.GetImageFromArray(np.ascontiguousarray(array))
    result.SetSpacing(image.GetSpacing())
    result.SetOrigin([float(x) for x in origin])
    result.SetDirection([float(x) for x in np.array(directions).T.ravel()])
    return result


def greatest_difference(folder, volume, orientation):
    slices = list(scanned(folder))
    image = placed(volume, slices, orientation)
    worst, seen = 0, 0
    for place, value in slices:
        for j in range(1, ROWS - 1, 4):
            for i in range(1, COLUMNS - 1, 4):
                point = [float(x) for x in place[j, i]]
                try:
                    worst = max(worst, abs(image.EvaluateAtPhysicalPoint(point, sitk.sitkLinear) - np.clip(value[j, i], -1000, 1000)))
                    seen += 1
                except RuntimeError:  # beyond the outermost voxels by a rounding error
                    pass
    return worst, seen


def noise(k, d):
    d.ImageOrientationPatient = ["1", "0", "1e-12" if k % 2 else "-1e-12", "0", "1", "0.0004" if k % 2 else "0"]
    d.PixelSpacing = ["1.50005" if k % 2 else "1.50004", "1.25"]


def own_series(k, d):
    d.SeriesInstanceUID = generate_uid()


def plane(name):
    return SAGITTAL if "sagittal" in name else OBLIQUE if "oblique" in name else AXIAL


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default="bazel-bin")
    tool = os.path.join(os.path.abspath(parser.parse_args().bin), "tools", "preprocess", "preprocess")
    failures = 0
    with tempfile.TemporaryDirectory() as root:
        scans = f"{root}/scans"
        write_series(f"{scans}/axial")
        write_series(f"{scans}/sagittal", SAGITTAL)
        write_series(f"{scans}/oblique", OBLIQUE)
        write_series(f"{scans}/implicit", syntax=ImplicitVRLittleEndian)
        write_series(f"{scans}/no_preamble_implicit", syntax=ImplicitVRLittleEndian, preamble=False)
        write_series(f"{scans}/no_preamble_explicit", preamble=False)
        write_series(f"{scans}/run_length", syntax=RLELossless)
        write_series(f"{scans}/noise", edit=noise)
        write_series(f"{scans}/own_series", edit=own_series)
        write_series(f"{scans}/tilt", tilt=np.deg2rad(15))
        write_series(f"{scans}/tilt_back_oblique", OBLIQUE, tilt=np.deg2rad(-20))
        write_enhanced(f"{scans}/enhanced")
        write_enhanced(f"{scans}/enhanced_oblique", OBLIQUE, ImplicitVRLittleEndian)
        write_enhanced(f"{scans}/enhanced_run_length", syntax=RLELossless)
        names = sorted(os.listdir(scans))
        for name in names:
            # Each axis at its own spacing, so that nothing is interpolated but the shift of a tilt.
            spacing = "3.0,1.25,1.5" if plane(name) == SAGITTAL else "1.25,1.5,3.0"
            made = subprocess.run([tool, f"--input={scans}/{name}", f"--output={root}/out/{name}", f"--spacing={spacing}"],
                                  capture_output=True, text=True, check=False)
            volume = f"{root}/out/{name}/volumes/{name}.nii"
            if made.returncode != 0 or not os.path.exists(volume):
                failures += 1
                print(f"FAIL {name}: exit status {made.returncode}: {made.stderr.strip()}", flush=True)
                continue
            worst, seen = greatest_difference(f"{scans}/{name}", volume, plane(name))
            limit = 1.5 if "tilt" in name or name == "noise" else 0.6  # rounding to whole HU; the curvature between pixels
            good = worst <= limit and seen > .9 * SLICES * 10 * 12
            failures += not good
            print(f"{'ok  ' if good else 'FAIL'} {name}: {seen} pixels, differences up to {worst:.2f} HU", flush=True)
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
