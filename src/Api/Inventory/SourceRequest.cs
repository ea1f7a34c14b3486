using Migrate.Api.Problems;
using Migrate.Planner.Offline;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Inventory;

/// <summary>What is wrong with a request to add a source, before anything is asked of the source.</summary>
internal static class SourceRequest
{
    private const int Sha256Bytes = 32;
    private const string ThumbprintRule = "thumbprint: the SHA-256 of the certificate, 64 hexadecimal digits with or without colons.";

    /// <summary>The checked URL; throws with every error.</summary>
    public static Uri Check(AddSource request)
    {
        var errors = new List<string>();
        Naming.Check(request.Name, errors);
        if (!Uri.TryCreate(request.Url, UriKind.Absolute, out var url) || url.Scheme != "https")
        {
            errors.Add("url: an https URL, e.g. https://vcenter.example.");
        }
        else if (url.UserInfo.Length > 0 || url.Query.Length > 0)
        {
            errors.Add("url: without user, password or query; URLs end up in logs.");
        }

        if (string.IsNullOrWhiteSpace(request.UserName))
        {
            errors.Add("userName: is missing.");
        }

        if (string.IsNullOrEmpty(request.Password))
        {
            errors.Add("password: is missing.");
        }

        if (request.Thumbprint is not null && Thumbprint(request.Thumbprint) is null)
        {
            errors.Add(ThumbprintRule);
        }

        return errors.Count == 0 ? url! : throw new InvalidRequestException("source.invalid", $"The source was not added: {Text.Count(errors.Count, "problem")}.", errors);
    }

    /// <summary>Of a server that is only asked for its certificate; throws when it is none.</summary>
    public static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url is { Scheme: "https", UserInfo: "", Query: "" }
        ? url
        : throw new InvalidRequestException("source.invalid", "No server was asked: 1 problem.", ["url: an https URL without user and query, e.g. https://vcenter.example."]);

    /// <summary>Throws with every error.</summary>
    public static void Check(AddOfflineSource request)
    {
        var errors = new List<string>();
        Naming.Check(request.Name, errors);
        OfflineSources.Check(request.Kind, request.Paths ?? [], errors);
        if (request.CheckDigests && request.Kind != SourceKind.Ova)
        {
            errors.Add("checkDigests: only OVF packages have manifests.");
        }

        if (errors.Count > 0)
        {
            throw new InvalidRequestException("source.invalid", $"The source was not added: {Text.Count(errors.Count, "problem")}.", errors);
        }
    }

    /// <summary>Throws with every error.</summary>
    public static void Check(UpdateSource request)
    {
        var errors = new List<string>();
        if (request is { UserName: null, Password: null, Thumbprint: null })
        {
            errors.Add("userName, password, thumbprint: at least one of them.");
        }

        if (request.UserName is not null && string.IsNullOrWhiteSpace(request.UserName))
        {
            errors.Add("userName: is empty.");
        }

        if (request.Password is { Length: 0 })
        {
            errors.Add("password: is empty.");
        }

        if (request.Thumbprint is not null && Thumbprint(request.Thumbprint) is null)
        {
            errors.Add(ThumbprintRule);
        }

        if (errors.Count > 0)
        {
            throw new InvalidRequestException("source.invalid", $"The source was not changed: {Text.Count(errors.Count, "problem")}.", errors);
        }
    }

    /// <summary>Upper-case hex with colons, as everything here writes thumbprints; null when it is none.</summary>
    public static string? Thumbprint(string? text)
    {
        var digits = text?.Replace(":", "", StringComparison.Ordinal).Trim().ToUpperInvariant();
        return digits is { Length: Sha256Bytes * 2 } && digits.All(char.IsAsciiHexDigit)
            ? string.Join(':', digits.Chunk(2).Select(pair => new string(pair)))
            : null;
    }
}
