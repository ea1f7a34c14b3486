namespace Migrate.Simulator.Storage;

/// <summary>A LUN that no datastore uses: a VM maps it raw. The hosts of <paramref name="Datastore"/> see it.</summary>
public sealed record RawDevice(Datastore Datastore, Lun Lun);
