namespace Migrate.Api.Cli;

/// <summary>Columns for people: as wide as their widest cell, numbers to the right, two spaces between; or plain, with tabs.</summary>
internal sealed class Table(params string[] headers)
{
    private readonly List<string[]> _rows = [];

    public Table Add(params object?[] cells)
    {
        // A control character in a name of a VM must not steer the reader's terminal.
        _rows.Add([.. cells.Select(c => Clean(Convert.ToString(c, System.Globalization.CultureInfo.InvariantCulture) ?? ""))]);
        return this;
    }

    public void Write(TextWriter output)
    {
        if (output is PlainOutput)
        {
            foreach (var row in _rows.Prepend(headers))
            {
                output.WriteLine(string.Join('\t', row));
            }

            return;
        }

        var widths = headers.Select((h, i) => _rows.Select(r => r[i].Length).Append(h.Length).Max()).ToArray();
        var right = headers.Select((_, i) => _rows.Count > 0 && _rows.All(r => r[i].Length == 0 || IsNumber(r[i]))).ToArray();
        foreach (var row in _rows.Prepend(headers))
        {
            output.WriteLine(string.Join("  ", row.Select((c, i) => right[i] ? c.PadLeft(widths[i]) : c.PadRight(widths[i]))).TrimEnd());
        }
    }

    /// <summary>A number, or one with a unit; no version, time or address.</summary>
    private static bool IsNumber(string cell) =>
        double.TryParse(cell.Split(' ', 2)[0], System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out _);

    public static string Clean(string text) => text.Any(char.IsControl) ? new string([.. text.Select(c => char.IsControl(c) ? '?' : c)]) : text;
}
