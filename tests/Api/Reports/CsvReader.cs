using System.Text;

namespace Migrate.Api.Tests.Reports;

/// <summary>Reads a table by RFC 4180 alone.</summary>
internal static class CsvReader
{
    public static List<List<string>> Read(string text)
    {
        List<List<string>> rows = [];
        List<string> row = [];
        var cell = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted)
            {
                if (c == '"' && i + 1 < text.Length && text[i + 1] == '"')
                {
                    cell.Append('"');
                    i++;
                }
                else if (c == '"')
                {
                    quoted = false;
                }
                else
                {
                    cell.Append(c);
                }
            }
            else if (c == '"')
            {
                quoted = true;
            }
            else if (c == ',' || (c == '\r' && i + 1 < text.Length && text[i + 1] == '\n'))
            {
                row.Add(cell.ToString());
                cell.Clear();
                if (c == '\r')
                {
                    rows.Add(row);
                    row = [];
                    i++;
                }
            }
            else
            {
                cell.Append(c);
            }
        }

        row.ShouldBeEmpty("the last line has no end");
        return rows;
    }
}
