#include "datasets/phantom/case.h"

#include "datasets/phantom/paint.h"

namespace asap::phantom {

ScanFacts MakeScanFacts(uint64_t seed, int64_t patient, int scan) {
  ScanFacts facts{.scan = scan, .patient = SamplePatient(seed, patient)};
  facts.findings = DrawFindings(facts.patient, scan);
  facts.outcome = DrawOutcome(facts.patient, scan, facts.findings);
  return facts;
}

CaseFacts MakeFacts(const CaseKey& key) {
  CaseFacts facts{.key = key};
  facts.patient = SamplePatient(key.seed, key.patient);
  facts.findings = DrawFindings(facts.patient, key.scan);
  facts.anatomy = std::make_shared<Anatomy>(facts.patient, ChangeOf(facts.patient, key.scan));
  facts.lesions = PlaceLesions(*facts.anatomy, key.scan, facts.findings);
  facts.outcome = DrawOutcome(facts.patient, key.scan, facts.findings);
  return facts;
}

RenderedCase Render(const CaseFacts& facts, const Index3& size) {
  const Anatomy& anatomy = *facts.anatomy;
  Canvas canvas(ScanGeometry(*facts.key.site, anatomy, facts.key.scan, size));
  const NoiseField noise(CounterRng(facts.patient.seed, "texture", facts.patient.number));
  const Scene scene{anatomy, facts.findings, facts.lesions, noise, BloodOf(facts.findings)};
  PaintFrame(scene, &canvas);
  PaintBones(scene, &canvas);
  PaintAbdomen(scene, &canvas);
  PaintMediastinum(scene, &canvas);
  PaintTrees(scene, &canvas);
  PaintLungLesions(scene, &canvas);
  PaintDense(scene, &canvas);

  RenderedCase rendered;
  rendered.volume.geometry = canvas.geometry;
  rendered.volume.voxels = Acquire(*facts.key.site, facts.patient, facts.key.scan, &canvas);
  rendered.fine = std::move(canvas.label);
  rendered.lesions = std::move(canvas.lesions);
  return rendered;
}

}  // namespace asap::phantom
