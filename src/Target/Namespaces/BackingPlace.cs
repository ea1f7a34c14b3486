namespace Migrate.Target.Namespaces;

/// <summary>Where a namespace's storage lies and how it is to be opened.</summary>
/// <param name="Path">File or block device.</param>
/// <param name="Direct">Past the page cache or not; null: past it for block devices only.</param>
/// <param name="IsPreallocated">The file system has set every block aside, and deallocation must not give any back.</param>
/// <param name="DeviceName">What the block device at the path calls itself (<see cref="BlockDevice.Name"/>), if it does; null for files.</param>
internal sealed record BackingPlace(string Path, bool? Direct = null, bool IsPreallocated = false, string? DeviceName = null);
