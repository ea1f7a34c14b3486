using System.Data.Common;

namespace Migrate.Executor.Tests.Runs;

/// <summary>What a command does, in the words of either database: one puts every name into quotes, the other only those that need them.</summary>
internal static class CommandKinds
{
    public static bool Updates(this DbCommand command, string table) =>
        command.CommandText.Contains($"UPDATE \"{table}\"", StringComparison.Ordinal) || command.CommandText.Contains($"UPDATE {table} ", StringComparison.Ordinal);
}
