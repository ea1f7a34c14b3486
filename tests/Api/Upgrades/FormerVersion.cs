using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Migrate.Planner.Persistence;
using Npgsql;

namespace Migrate.Api.Tests.Upgrades;

/// <summary>
/// A data directory as the first version left it, written by that version itself: its demo was run, one VM was rolled back and moved again, warm, and the
/// server was stopped in the middle of that. The database is SQLite's dump of it; the keys and passwords are of that demo and open nothing else.
/// </summary>
internal static class FormerVersion
{
    public const string FirstMigration = "20250901000000_Initial";

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Upgrades", "Former");

    /// <summary>Puts it into <paramref name="directory"/>, and its rows into <paramref name="shared"/> where there is one.</summary>
    public static async Task PutAsync(string directory, DatabaseOptions? shared, CancellationToken cancellationToken)
    {
        foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Where(x => !x.EndsWith(".sql", StringComparison.Ordinal)))
        {
            var path = Path.Combine(directory, Path.GetRelativePath(Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(file, path);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        var database = Path.Combine(directory, "migrate.db");
        await using (var filled = new SqliteConnection($"Data Source={database};Pooling=False"))
        {
            await filled.OpenAsync(cancellationToken);
            await using var command = filled.CreateCommand();
            command.CommandText = await File.ReadAllTextAsync(Path.Combine(Folder, "database.sql"), cancellationToken);
            await command.ExecuteNonQueryAsync(cancellationToken);
            if (shared is not null)
            {
                await CopyAsync(filled, shared, cancellationToken);
            }
        }

        if (shared is not null)
        {
            File.Delete(database);
        }
    }

    /// <summary>The same rows in a PostgreSQL with the first schema.</summary>
    private static async Task CopyAsync(SqliteConnection from, DatabaseOptions shared, CancellationToken cancellationToken)
    {
        await using (var db = await MigrateDatabase.CreateFactory(shared).CreateDbContextAsync(cancellationToken))
        {
            await db.GetService<IMigrator>().MigrateAsync(FirstMigration, cancellationToken);
        }

        await using var to = new NpgsqlConnection(shared.PostgresConnectionString);
        await to.OpenAsync(cancellationToken);
        await RunAsync("SET session_replication_role = replica"); // Rows come in any order.
        Dictionary<string, Dictionary<string, string>> tables = [];
        await foreach (var (table, column, type) in ReadAsync("SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_EF%'"))
        {
            (tables.TryGetValue(table, out var columns) ? columns : tables[table] = [])[column] = type;
        }

        foreach (var (table, columns) in tables)
        {
            await using var select = from.CreateCommand();
            select.CommandText = $"SELECT {Names(columns.Keys)} FROM \"{table}\"";
            await using var rows = await select.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
            {
                await using var insert = to.CreateCommand();
                insert.CommandText = $"INSERT INTO \"{table}\" ({Names(columns.Keys)}) OVERRIDING SYSTEM VALUE VALUES ({string.Join(", ", columns.Select((_, i) => $"${i + 1}"))})";
                foreach (var (type, i) in columns.Values.Select((x, i) => (x, i)))
                {
                    insert.Parameters.Add(new NpgsqlParameter { Value = Value(rows.GetValue(i), type) });
                }

                await insert.ExecuteNonQueryAsync(cancellationToken);
            }
        }

        // Numbers that the database gives go on behind those that are there.
        List<(string Table, string Column)> given = [];
        await foreach (var (table, column, _) in ReadAsync("SELECT table_name, column_name, '' FROM information_schema.columns WHERE table_schema = 'public' AND is_identity = 'YES'"))
        {
            given.Add((table, column));
        }

        foreach (var (table, column) in given)
        {
            await RunAsync($"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'), (SELECT coalesce(max(\"{column}\"), 0) + 1 FROM \"{table}\"), false)");
        }

        async Task RunAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, to);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        async IAsyncEnumerable<(string, string, string)> ReadAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, to);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                yield return (reader.GetString(0), reader.GetString(1), reader.GetString(2));
            }
        }
    }

    private static string Names(IEnumerable<string> columns) => string.Join(", ", columns.Select(x => $"\"{x}\""));

    private static object Value(object value, string type) => (value, type) switch
    {
        (DBNull, _) => value,
        (string text, "uuid") => Guid.Parse(text),
        (string text, "timestamp with time zone") => DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal),
        (long number, "boolean") => number != 0,
        (long number, "integer") => checked((int)number),
        (long number, "double precision") => (double)number,
        _ => value,
    };
}
