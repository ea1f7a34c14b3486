namespace Migrate.Api.Reports.Formats;

/// <summary>A text as a cell of a table (RFC 4180).</summary>
internal static class CsvCell
{
    /// <summary>Quoted where it must be. A leading sign would make a formula of it in a spreadsheet, so an apostrophe goes before it.</summary>
    public static string Of(string value)
    {
        var safe = value.Length > 0 && "=+-@\t\r".Contains(value[0], StringComparison.Ordinal) ? "'" + value : value;
        return safe.AsSpan().IndexOfAny(",\"\r\n") >= 0 ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }
}
