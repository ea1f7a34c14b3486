namespace Migrate.Target.Namespaces;

/// <summary>Storage that somebody uses already.</summary>
/// <param name="Id">Which.</param>
/// <param name="By">The user, as the continuation of "It is ...".</param>
/// <param name="Remedy">What ends the use, as an instruction.</param>
/// <param name="Namespace">Our own namespace that uses it; null for others.</param>
/// <param name="IsExport">Others write to it without a file system in between, so that no more can be exported of what it is built on.</param>
internal sealed record StorageUse(StorageId Id, string By, string Remedy, bool IsExport = false, Guid? Namespace = null)
{
    /// <summary>The use of whatever is at the path; nothing when nothing is.</summary>
    public static IEnumerable<StorageUse> Of(string? path, string by, string remedy, bool isExport = false) =>
        path is not null && Posix.StatusOf(path) is { } status ? [new StorageUse(status.Id, by, remedy, isExport)] : [];
}
