using Migrate.Planner.Baselines.Histograms;
using Migrate.Planner.Baselines.Profiles;
using Migrate.Planner.Baselines.Trust;

namespace Migrate.Planner.Baselines;

/// <summary>What was collected of a VM, as figures: profiles per disk, imported histograms, and how far all of it can be trusted.</summary>
public sealed record CollectedBaseline(
    string VmKey, string VmName, DateTime From, DateTime To, BaselineTrust Trust, IReadOnlyList<DiskProfile> Disks, IReadOnlyList<DiskHistograms> Histograms);
