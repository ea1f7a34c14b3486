using System.Text.Json;
using Migrate.Planner;

namespace Migrate.Api.Hosting;

/// <summary>
/// What is shipped beside the product's own code: names and versions from the list that the build itself wrote, licences as the packages declare them (SPDX).
/// </summary>
internal static class ShippedComponents
{
    /// <summary>By the longest prefix of a package's name. A test holds it against the packages' own declarations.</summary>
    private static readonly (string Prefix, string Licence)[] Licences =
    [
        ("Hangfire", "LGPL-3.0"), ("MathNet.", "MIT"), ("Microsoft.", "MIT"), ("Newtonsoft.", "MIT"), ("Npgsql", "PostgreSQL"), ("OpenTelemetry", "Apache-2.0"), ("Quartz", "Apache-2.0"),
        ("SQLitePCLRaw.", "Apache-2.0"), ("System.", "MIT"),
    ];

    private static readonly Lazy<IReadOnlyList<ComponentView>> Read = new(() => Of(Path.Combine(AppContext.BaseDirectory, "migrate.deps.json")));

    public static IReadOnlyList<ComponentView> All => Read.Value;

    public static readonly ListOrders<ComponentView> Orders = new ListOrders<ComponentView>("name").Last(x => x.Version).By("name", x => x.Name).By("licence", x => x.Licence, x => x.Name);

    public static Page<ComponentView> List(string? filter, Paging paging)
    {
        ComponentView[] found = [.. All.Where(x => filter is null || x.Name.Contains(filter, StringComparison.OrdinalIgnoreCase))];
        return new Page<ComponentView>([.. Orders.Apply(found, paging.Sort).Skip(paging.Skip).Take(paging.Size)], paging.Number, paging.Size, found.Length);
    }

    public static IReadOnlyList<ComponentView> Of(string depsFile)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(depsFile));
        return
        [
            .. document.RootElement.GetProperty("libraries").EnumerateObject().Where(x => x.Value.GetProperty("type").GetString() == "package")
                .Select(x => x.Name.Split('/')).Select(x => new ComponentView(x[0], x[1], LicenceOf(x[0]))).OrderBy(x => x.Name, StringComparer.OrdinalIgnoreCase),
        ];
    }

    private static string LicenceOf(string package) =>
        Licences.Where(x => package.StartsWith(x.Prefix, StringComparison.OrdinalIgnoreCase)).OrderByDescending(x => x.Prefix.Length).Select(x => x.Licence).FirstOrDefault() ?? "see the package";
}

/// <summary>A package of others that is shipped.</summary>
/// <param name="Name">The package's.</param>
/// <param name="Version">The package's.</param>
/// <param name="Licence">SPDX expression.</param>
public sealed record ComponentView(string Name, string Version, string Licence);
