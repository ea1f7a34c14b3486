using Migrate.Vim25;

namespace Migrate.Planner.Offline.Dumps;

/// <summary>A file with one managed object. <paramref name="Name"/> is how problems name it, <paramref name="Path"/> where it is now.</summary>
internal sealed record DumpFile(string Name, string Path, ManagedObjectReference Reference);
