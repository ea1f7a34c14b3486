using System.Globalization;

namespace Migrate.Api.Reports.Formats;

/// <summary>A table for spreadsheets: names of columns, and rows of text, numbers, UTC times and nulls.</summary>
internal sealed record ReportTable(IReadOnlyList<string> Columns, IEnumerable<IReadOnlyList<object?>> Rows)
{
    /// <summary>RFC 4180, in UTF-8.</summary>
    public string Csv() => string.Concat(new[] { Columns }.Concat(Rows.Select(row => (IReadOnlyList<string>)[.. row.Select(Cell)])).Select(x => string.Join(',', x) + "\r\n"));

    /// <summary>Only text can be somebody else's: a number that begins with a sign stays a number.</summary>
    private static string Cell(object? value) => value switch
    {
        null => "",
        DateTime at => at.ToString("yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture),
        double number => number.ToString("0.###", CultureInfo.InvariantCulture),
        bool yes => yes ? "true" : "false",
        int or long => ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
        _ => CsvCell.Of(value.ToString() ?? ""),
    };
}
