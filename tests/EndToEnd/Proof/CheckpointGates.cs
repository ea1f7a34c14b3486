using Npgsql;

namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>
/// Holds whoever is about to commit one of the writes that a run's life consists of, by triggers in the database: the programs know nothing of
/// it. A process that is killed there died between what it did and the word that it was done; one whose transaction is then let go died right
/// after it.
/// </summary>
internal sealed class CheckpointGates(string connectionString)
{
    /// <summary>The named checkpoints, in the order of a run's life: the first to seventh of every run, the others of a warm one.</summary>
    public static IReadOnlyList<Gate> OfCopies { get; } =
    [
        new("lease-taken", "runs", "UPDATE", """ OLD."LeaseEpoch" <> NEW."LeaseEpoch" """),
        new("journal-begun", "journals", "INSERT", "true"),
        new("extents-journalled", "journal_segments", "INSERT OR UPDATE", "true"),
        new("source-hashed", "run_disks", "UPDATE", """ OLD."SourceHash" IS DISTINCT FROM NEW."SourceHash" AND NEW."SourceHash" IS NOT NULL """),
        new("disk-verified", "run_disks", "UPDATE", """ OLD."VerifiedAt" IS NULL AND NEW."VerifiedAt" IS NOT NULL """),
        new("syncing", "runs", "UPDATE", """ OLD."Phase" <> NEW."Phase" AND NEW."Phase" = 'Syncing' """),
        new("ready", "runs", "UPDATE", """ OLD."Phase" <> NEW."Phase" AND NEW."Phase" = 'Ready' """),
        new("tracking-proven", "runs", "UPDATE", Tracking("Ready")),
        new("freezing", "runs", "UPDATE", Tracking("Freezing")),
        new("frozen", "runs", "UPDATE", Tracking("Frozen")),
        new("pass-begun", "run_passes", "INSERT", "true"),
        new("disk-of-pass-begun", "run_pass_disks", "INSERT", "true"),
        new("disk-of-pass-copied", "run_pass_disks", "UPDATE", """ OLD."FinishedAt" IS NULL AND NEW."FinishedAt" IS NOT NULL """),
        new("pass-copied", "run_passes", "UPDATE", """ OLD."CopiedAt" IS NULL AND NEW."CopiedAt" IS NOT NULL """),
        new("thawing", "runs", "UPDATE", Tracking("Thawing")),
        new("pass-completed", "run_passes", "UPDATE", """ OLD."Outcome" <> NEW."Outcome" AND NEW."Outcome" = 'Completed' """),
    ];

    /// <summary>Those of a cutover: before the first, everything is copied and read back; after the last, the domain runs.</summary>
    public static IReadOnlyList<Gate> OfCutover { get; } =
    [
        new("manifest-begun", "runs", "UPDATE", """ NEW."Phase" = 'CuttingOver' AND OLD.* IS NOT DISTINCT FROM NEW.* """), // The journal is opened, which locks the run.
        new("manifest-made", "run_events", "INSERT", """ NEW."Message" LIKE 'The manifest of %' """),
        new("journal-let-go", "journals", "DELETE", "true"),
        new("domain-named", "runs", "UPDATE", """ OLD."DomainName" IS NULL AND NEW."DomainName" IS NOT NULL """),
        new("validating", "runs", "UPDATE", """ OLD."Phase" <> NEW."Phase" AND NEW."Phase" = 'Validating' """),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Closes these.</summary>
    public async Task InstallAsync(IEnumerable<Gate> gates)
    {
        await RunAsync(
            """
            CREATE TABLE proof_gates (name text PRIMARY KEY);
            CREATE FUNCTION proof_gate() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              WHILE EXISTS (SELECT 1 FROM proof_gates WHERE name = TG_ARGV[0]) LOOP
                PERFORM set_config('application_name', 'gate ' || TG_ARGV[0], true);
                PERFORM pg_sleep(0.02);
              END LOOP;
              RETURN NULL;
            END $$;
            """);
        foreach (var (name, table, on, when) in gates)
        {
            // Deferred to the commit: then the whole transaction is done but for that.
            await RunAsync(
                $"""
                INSERT INTO proof_gates VALUES ('{name}');
                CREATE CONSTRAINT TRIGGER "gate {name}" AFTER {on} ON {table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION proof_gate('{name}');
                """);
        }
    }

    /// <summary>Backends that are held, and where.</summary>
    public async Task<IReadOnlyList<(int Backend, string Gate)>> WaitingAsync()
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand("SELECT pid, substr(application_name, 6) FROM pg_stat_activity WHERE application_name LIKE 'gate %' AND datname = current_database() ORDER BY query_start", connection);
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        var found = new List<(int, string)>();
        while (await reader.ReadAsync(Cancellation))
        {
            found.Add((reader.GetInt32(0), reader.GetString(1)));
        }

        return found;
    }

    /// <summary>Opens one for good: whoever waits there commits, whether its client lives or not.</summary>
    public Task OpenAsync(string gate) => RunAsync($"DELETE FROM proof_gates WHERE name = '{gate}'");

    /// <summary>What it was about to commit never was.</summary>
    public async Task AbortAsync(int backend)
    {
        await RunAsync($"SELECT pg_terminate_backend({backend})");
        while ((await WaitingAsync()).Any(x => x.Backend == backend))
        {
            await Task.Delay(20, Cancellation);
        }
    }

    private static string Tracking(string phase) => $""" OLD."TrackingPhase" IS DISTINCT FROM NEW."TrackingPhase" AND NEW."TrackingPhase" = '{phase}' """;

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    private async Task RunAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}

/// <summary>A named checkpoint.</summary>
/// <param name="Name">Of letters and hyphens.</param>
/// <param name="Table">The one that is written.</param>
/// <param name="Event">INSERT, UPDATE or DELETE.</param>
/// <param name="When">Which of these writes are meant, of the row before (OLD) and after (NEW).</param>
internal sealed record Gate(string Name, string Table, string Event, string When);
