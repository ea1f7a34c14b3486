namespace Migrate.Planner.Plans;

/// <summary>What the machine that copies has to read disks with, besides what every vSphere offers.</summary>
/// <param name="Vddk">nbdkit and VMware's disk kit, which only the operator may install.</param>
public sealed record ReaderMeans(bool Vddk = false);
