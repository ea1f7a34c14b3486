using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Xml;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere;

/// <summary>vim25's SOAP over HTTP: one call, one answer, faults as <see cref="VSphereFault"/>. Knows no session.</summary>
internal sealed class VimClient(HttpClient http, Uri sdk)
{
    /// <summary>Set by the first good answer: from then on a bad one is this server's fault, not a wrong address.</summary>
    private bool _spokeVim;

    /// <summary>The version that is spoken; the oldest that we accept until the server has told its own.</summary>
    public string Version { get; set; } = "6.5";

    /// <summary>Type names that came and that the contract does not have, over the client's life.</summary>
    public ConcurrentDictionary<string, int> UnknownTypes { get; } = new(StringComparer.Ordinal);

    public async Task<TResponse> CallAsync<TResponse>(IVimRequest<TResponse> request, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, sdk) { Content = new ByteArrayContent(VimXml.Write(request)) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("text/xml", "utf-8");
        message.Headers.TryAddWithoutValidation("SOAPAction", $"\"urn:vim25/{Version}\"");
        try
        {
            using var response = await http.SendAsync(message, cancellationToken);
            return await ReadAsync<TResponse>(response, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw SourceConnection.Explain(sdk, e);
        }
    }

    private async Task<TResponse> ReadAsync<TResponse>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        if (response.StatusCode == HttpStatusCode.InternalServerError)
        {
            throw VSphereFault.Read(stream, sdk.Host) ?? NotVSphere("answers with an error that is no SOAP fault");
        }

        if (!response.IsSuccessStatusCode)
        {
            throw NotVSphere($"answers HTTP {(int)response.StatusCode}");
        }

        try
        {
            var result = VimXml.Read<TResponse>(stream, out var unknown);
            foreach (var (type, count) in unknown)
            {
                UnknownTypes.AddOrUpdate(type, count, (_, before) => before + count);
            }

            _spokeVim = true;
            return Whole<TResponse>.IsWhole(result) ? result : throw new InvalidOperationException("it has no value");
        }
        catch (XmlException) when (!_spokeVim)
        {
            throw NotVSphere("answers something that is not SOAP");
        }
        catch (Exception e) when (e is XmlException or InvalidOperationException)
        {
            throw new MigrateException("source.answer-not-understood", $"{sdk.Host} gave an answer to {typeof(TResponse).Name} that does not have vim25's shape: "
                + Short(e.GetBaseException().Message), "Tell the product and version of the source; the answer's shape is new to this program.", e);
        }
    }

    /// <summary>Messages of the framework quote what they could not read, all of it.</summary>
    private static string Short(string text) => text.Length > 500 ? $"{text[..500]}…" : text;

    /// <summary>Whether an answer has the value without which nothing can go on: an object's reference, what the server has, who logged in.</summary>
    private static class Whole<TResponse>
    {
        private static readonly PropertyInfo? Value = typeof(TResponse).GetProperty("Value") is { } value
            && (value.PropertyType == typeof(ManagedObjectReference) || value.PropertyType == typeof(ServiceContent) || value.PropertyType == typeof(UserSession)) ? value : null;

        public static bool IsWhole(TResponse response) => Value is null || Value.GetValue(response) switch
        {
            null => false,
            ManagedObjectReference reference => reference.Value.Length > 0,
            ServiceContent content => content is { About: not null, RootFolder: not null, PropertyCollector: not null, ViewManager: not null, SessionManager: not null },
            _ => true,
        };
    }

    private MigrateException NotVSphere(string what) => new("source.not-vsphere",
        $"{sdk} {what}: it is neither vCenter nor an ESXi host.", "Give the address of vCenter or of an ESXi host, whose API is at /sdk.");
}
