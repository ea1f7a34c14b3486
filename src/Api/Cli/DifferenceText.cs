using Migrate.Api.Inventory;

namespace Migrate.Api.Cli;

/// <summary>Differences of two inventory versions as a table: an object's line, and below it one line for each property.</summary>
internal static class DifferenceText
{
    private const int Longest = 60;

    public static void Write(IEnumerable<DifferenceRow> rows, TextWriter output)
    {
        var table = new Table("CHANGE", "KIND", "KEY", "NAME", "PROPERTY", "FROM", "TO");
        foreach (var row in rows)
        {
            var first = row.Properties.Count > 0 ? row.Properties[0] : null;
            table.Add(row.Change.ToString().ToLowerInvariant(), row.Kind.ToString().ToLowerInvariant(), row.Key, row.Name, first?.Path, Value(first?.From), Value(first?.To));
            foreach (var property in row.Properties.Skip(1))
            {
                table.Add("", "", "", "", property.Path, Value(property.From), Value(property.To));
            }
        }

        table.Write(output);
    }

    /// <summary>Text without its quotes; a whole element only as that it is there, since the JSON output has all of it.</summary>
    private static string Value(string? json) => json switch
    {
        null => "",
        ['{', ..] => "(there)",
        ['"', .., '"'] => Cut(json[1..^1]),
        _ => Cut(json),
    };

    private static string Cut(string text) => text.Length <= Longest ? text : text[..(Longest - 1)] + "…";
}
