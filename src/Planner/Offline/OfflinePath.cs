namespace Migrate.Planner.Offline;

/// <summary>Errors over the paths that an offline source was added with. They are paths of the machine that serves.</summary>
internal static class OfflinePath
{
    public static MigrateException NotThere(string path) => new(
        "source.path-unreadable", $"There is no file or folder {path} on the machine that 'migrate serve' runs on, or it may not be read.",
        "Give an absolute path of that machine; copy the files there first.");
}
