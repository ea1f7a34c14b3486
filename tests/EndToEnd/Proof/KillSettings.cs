using System.Globalization;

namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>One after the other: each of them has several processes and measures what they do.</summary>
[CollectionDefinition(nameof(ProofCollection))]
public sealed class ProofCollection;

/// <summary>How much is killed, and which instants.</summary>
internal static class KillSettings
{
    /// <summary>Random kills of all layouts together.</summary>
    public static int Kills { get; } = Setting("MIGRATE_KILLS") ?? 20;

    public static int Seed { get; } = Setting("MIGRATE_KILL_SEED") ?? Random.Shared.Next(1_000_000);

    /// <summary>A line more in the file MIGRATE_KILL_LOG, for those who watch a long run.</summary>
    public static void Tell(string line)
    {
        if (Environment.GetEnvironmentVariable("MIGRATE_KILL_LOG") is { Length: > 0 } file)
        {
            File.AppendAllText(file, $"{DateTime.UtcNow:HH:mm:ss} {line}\n");
        }
    }

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
