namespace Migrate.EndToEnd.Tests.Simulator;

internal static class Repository
{
    /// <summary>The directory that holds Migrate.sln.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Migrate.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("Migrate.sln is in no directory above the tests.");
    }
}
