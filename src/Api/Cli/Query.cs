using System.Globalization;

namespace Migrate.Api.Cli;

/// <summary>A query string of the values that are there.</summary>
internal static class Query
{
    public static bool Has(string path, string name) => path.Contains($"?{name}=", StringComparison.Ordinal) || path.Contains($"&{name}=", StringComparison.Ordinal);

    public static string Of(params (string Name, object? Value)[] values)
    {
        var pairs = values
            .Where(v => v.Value is not null)
            .Select(v => $"{v.Name}={Uri.EscapeDataString(Convert.ToString(v.Value, CultureInfo.InvariantCulture)!)}");
        var query = string.Join('&', pairs);
        return query.Length == 0 ? "" : "?" + query;
    }
}
