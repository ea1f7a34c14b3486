namespace Migrate.Planner.Offline.Vmx;

/// <summary>Paths of files on datastores.</summary>
internal static class DatastorePath
{
    private const string Volumes = "/vmfs/volumes/";

    /// <summary>"/vmfs/volumes/ds1/web01/web01.vmdk" as vSphere writes it: "[ds1] web01/web01.vmdk". Other paths stay as they are.</summary>
    public static string Of(string file)
    {
        if (!file.StartsWith(Volumes, StringComparison.Ordinal))
        {
            return file;
        }

        var rest = file[Volumes.Length..].TrimStart('/');
        var slash = rest.IndexOf('/');
        return slash <= 0 ? file : $"[{rest[..slash]}] {rest[(slash + 1)..].TrimStart('/')}";
    }
}
