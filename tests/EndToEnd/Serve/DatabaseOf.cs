using System.Collections.Concurrent;
using Migrate.Planner.Persistence;

namespace Migrate.EndToEnd.Tests.Serve;

/// <summary>The database of an installation, of the kind that these tests were asked to run on; the same however often its server is started.</summary>
internal static class DatabaseOf
{
    private static readonly ConcurrentDictionary<string, DatabaseOptions> Known = new();

    public static async Task<DatabaseOptions> InstallationAsync(string dataDirectory)
    {
        if (!Known.TryGetValue(dataDirectory, out var options))
        {
            options = await ChosenDatabase.NewAsync(TestContext.Current.CancellationToken) is { } shared ? DatabaseOptions.Postgres(shared) : DatabaseOptions.Sqlite(Path.Combine(dataDirectory, "migrate.db"));
            options = Known.GetOrAdd(dataDirectory, options);
        }

        return options;
    }

    /// <summary>What tells a process of the product where it is.</summary>
    public static Dictionary<string, string> Variables(DatabaseOptions options) => options.PostgresConnectionString is { } shared ? new() { ["MIGRATE_DATABASE"] = shared } : [];
}
