using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Migrate.Api.Tests.Pages;

/// <summary>What a browser without scripts does: keeps cookies, asks for HTML, sends the forms of a page with all that they hold.</summary>
internal sealed partial class Browser : IDisposable
{
    private readonly HttpClient _client;

    /// <param name="server">Which is visited.</param>
    /// <param name="known">As the administrator; else nobody is logged in.</param>
    public Browser(RunningServer server, bool known = true)
    {
        _client = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer(), AllowAutoRedirect = false }) { BaseAddress = server.Url };
        _client.DefaultRequestHeaders.Accept.ParseAdd("text/html,application/xhtml+xml,*/*;q=0.8");
        _client.DefaultRequestHeaders.Authorization = !known ? null : new AuthenticationHeaderValue("Bearer", server.Token);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public Task<HttpResponseMessage> GetAsync(string path) => _client.GetAsync(path, Cancellation);

    /// <summary>The page's HTML; a status other than 200 fails.</summary>
    public async Task<string> PageAsync(string path)
    {
        using var answer = await GetAsync(path);
        var html = await answer.Content.ReadAsStringAsync(Cancellation);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, $"{path}\n{html}");
        return html;
    }

    /// <summary>Loads the page until it says something, as a visitor does who waits for what was begun there. Returns it.</summary>
    public async Task<string> ShouldComeToSayAsync(string path, string text)
    {
        while (true)
        {
            var html = await PageAsync(path);
            if (html.Contains(text, StringComparison.Ordinal))
            {
                return html;
            }

            // While something is under way the page says so, and asks for itself again.
            html.ShouldContain("The page need not stay open.", customMessage: $"{path} does not say '{text}', and nothing is under way:\n{html}");
            html.ShouldContain("data-refresh=\"");
            await Task.Delay(100, Cancellation);
        }
    }

    /// <summary>Fills in and sends the form of a page that has a field or button <paramref name="mark"/> in its markup.</summary>
    public async Task<HttpResponseMessage> SendAsync(string path, string mark, params (string Name, string Value)[] fields)
    {
        return await SendFormAsync(await PageAsync(path), path, mark, fields);
    }

    /// <summary>The same of a page that was loaded before, maybe long ago.</summary>
    public async Task<HttpResponseMessage> SendFormAsync(string html, string path, string mark, params (string Name, string Value)[] fields)
    {
        var form = Form().Matches(html).Select(m => m.Value).FirstOrDefault(f => f.Contains(mark, StringComparison.Ordinal)).ShouldNotBeNull($"{path} has no form with {mark}:\n{html}");
        var sent = Hidden().Matches(form).Select(m => new KeyValuePair<string, string>(m.Groups[1].Value, WebUtility.HtmlDecode(m.Groups[2].Value)))
            .Concat(fields.Select(f => new KeyValuePair<string, string>(f.Name, f.Value)));
        var action = Action().Match(form) is { Success: true } found ? WebUtility.HtmlDecode(found.Groups[1].Value) : path;
        using var content = new FormUrlEncodedContent(sent);
        return await _client.PostAsync(action, content, Cancellation);
    }

    public Task<HttpResponseMessage> PostAsync(string path, params (string Name, string Value)[] fields) =>
        _client.PostAsync(path, new FormUrlEncodedContent(fields.Select(f => new KeyValuePair<string, string>(f.Name, f.Value))), Cancellation);

    public void Dispose() => _client.Dispose();

    [GeneratedRegex("<form.*?</form>", RegexOptions.Singleline)]
    private static partial Regex Form();

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\"")]
    private static partial Regex Hidden();

    [GeneratedRegex("^<form[^>]* action=\"([^\"]*)\"")]
    private static partial Regex Action();
}
