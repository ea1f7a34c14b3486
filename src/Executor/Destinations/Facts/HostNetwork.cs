namespace Migrate.Executor.Destinations.Facts;

/// <summary>A virtual network of libvirt.</summary>
/// <param name="Name">By which domains name it.</param>
/// <param name="Active">It runs: a domain on one that does not is not started.</param>
/// <param name="Forward">nat | route | open | bridge | private …; null: it is isolated.</param>
/// <param name="Bridge">The bridge that it makes, or that it is a name for; null where it has none.</param>
public sealed record HostNetwork(string Name, bool Active, string? Forward, string? Bridge);
