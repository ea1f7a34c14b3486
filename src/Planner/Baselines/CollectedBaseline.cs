using Migrate.Planner.Baselines.Histograms;
using Migrate.Planner.Baselines.Profiles;
using Migrate.Planner.Baselines.Trust;

namespace Migrate.Planner.Baselines;

/// <summary>What was collected of a VM, as figures: profiles per disk, imported histograms, and how far all of it can be trusted.</summary>
/// <param name="Vsan">What vSAN's performance service keeps of the disks that are on vSAN: means of five minutes. They are shown beside the others and judge nothing.</param>
/// <param name="VsanProblem">Why there is none although there should be.</param>
public sealed record CollectedBaseline(
    string VmKey, string VmName, DateTime From, DateTime To, BaselineTrust Trust, IReadOnlyList<DiskProfile> Disks, IReadOnlyList<DiskHistograms> Histograms,
    IReadOnlyList<DiskProfile> Vsan, string? VsanProblem);
