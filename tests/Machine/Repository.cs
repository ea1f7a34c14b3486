namespace Migrate.Tests.Machine;

/// <summary>Where tests find the repository's own files, the programs that it builds, and what was made once per machine.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>Cache of what takes long to make: MIGRATE_ARTIFACTS, or artifacts/ in the repository.</summary>
    public static string Artifacts { get; } = Environment.GetEnvironmentVariable("MIGRATE_ARTIFACTS") is { Length: > 0 } chosen
        ? chosen
        : Path.Combine(Root, "artifacts");

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>A program of the solution, built in the same configuration as these tests.</summary>
    public static string Program(string project, string name)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var path = PathOf("src", project, "bin", configuration, "net10.0", name + ".dll");
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is not built: run dotnet build first.", path);
    }

    private static string Find(string from)
    {
        for (var at = new DirectoryInfo(from); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Migrate.sln")))
            {
                return at.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No Migrate.sln above {from}: tests run inside the repository.");
    }
}
