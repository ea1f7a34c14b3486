using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Migrate.Api.Pages;

/// <summary>
/// Style sheet, scripts and icons of the pages: in the program itself, so that an installation cannot lack or mix them. The address has the
/// content's hash, so a browser asks for each once per release.
/// </summary>
internal static class AssetFiles
{
    private const string Prefix = "assets/";
    private const int HashDigits = 16;

    private static readonly FrozenDictionary<string, Asset> All = typeof(AssetFiles).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(Read).ToFrozenDictionary(asset => asset.Name);

    public static string Url(string name) => $"/assets/{name}?v={All[name].Hash}";

    /// <summary>Without login: the login page needs them, and they say nothing of an installation.</summary>
    public static void MapAssets(this WebApplication app) => app.MapGet("/assets/{name}", (string name, HttpContext context) =>
    {
        if (!All.TryGetValue(name, out var asset))
        {
            return Results.NotFound();
        }

        context.Response.Headers.CacheControl = context.Request.Query["v"] == asset.Hash ? "public, max-age=31536000, immutable" : "no-cache";
        return Results.Bytes(asset.Content, asset.Type, entityTag: new EntityTagHeaderValue($"\"{asset.Hash}\""));
    }).AllowAnonymous().ExcludeFromDescription();

    private static Asset Read(string resource)
    {
        using var stream = typeof(AssetFiles).Assembly.GetManifestResourceStream(resource)!;
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return new Asset(resource[Prefix.Length..], TypeOf(resource), content.ToArray(), Convert.ToHexStringLower(SHA256.HashData(content.ToArray()))[..HashDigits]);
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new NotSupportedException($"An asset has no type for {other}."),
    };

    private sealed record Asset(string Name, string Type, byte[] Content, string Hash);
}
