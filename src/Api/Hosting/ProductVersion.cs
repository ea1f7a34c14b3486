using System.Reflection;

namespace Migrate.Api.Hosting;

/// <summary>The version that reports, the API and the command line name.</summary>
internal static class ProductVersion
{
    public static string Value { get; } =
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}

/// <summary>Which program answers.</summary>
/// <param name="Version">Semantic version, with the commit after '+' where the build knew it.</param>
public sealed record VersionView(string Version);
