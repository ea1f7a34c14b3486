using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.EndToEnd.Tests.Simulator;

public sealed partial class LargeEstateTests(ITestOutputHelper output)
{
    private const int Page = 500;

    [Fact]
    public async Task Ten_thousand_VMs_are_served_page_by_page_and_a_late_page_costs_no_more_than_an_early_one()
    {
        var cancelled = TestContext.Current.CancellationToken;
        var start = Stopwatch.StartNew();
        await using var server = await SimulatorServer.StartAsync(EstateGenerator.Generate(10_000, 200), cancellationToken: cancelled);
        output.WriteLine($"started in {start.Elapsed.TotalSeconds:F1} s");
        using var handler = new HttpClientHandler
        {
            UseCookies = false,
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
                server.Thumbprint.Replace(":", "", StringComparison.Ordinal) == certificate!.GetCertHashString(HashAlgorithmName.SHA256),
        };
        using var http = new HttpClient(handler) { BaseAddress = server.Url };
        var (_, login) = await CallAsync(
            $"""<Login xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this><userName>{server.UserName}</userName><password>{server.Password}</password></Login>""");
        http.DefaultRequestHeaders.Add("Cookie", login.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        var (view, _) = await CallAsync(
            """<CreateContainerView xmlns="urn:vim25"><_this type="ViewManager">ViewManager</_this><container type="Folder">group-d1</container><type>VirtualMachine</type><recursive>true</recursive></CreateContainerView>""");
        var container = Value().Match(view).Groups[1].Value;

        var pages = new List<TimeSpan>();
        var vms = new HashSet<string>(StringComparer.Ordinal);
        var request = $"""
            <RetrievePropertiesEx xmlns="urn:vim25"><_this type="PropertyCollector">propertyCollector</_this><specSet>
            <propSet><type>VirtualMachine</type><all>true</all></propSet>
            <objectSet><obj type="ContainerView">{container}</obj><skip>true</skip><selectSet xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="TraversalSpec"><type>ContainerView</type><path>view</path></selectSet></objectSet>
            </specSet><options><maxObjects>{Page}</maxObjects></options></RetrievePropertiesEx>
            """;
        while (request.Length > 0)
        {
            var clock = Stopwatch.StartNew();
            var (body, _) = await CallAsync(request);
            pages.Add(clock.Elapsed);
            foreach (Match vm in Vm().Matches(body))
            {
                vms.Add(vm.Groups[1].Value);
            }

            var token = Token().Match(body);
            request = token.Success
                ? $"""<ContinueRetrievePropertiesEx xmlns="urn:vim25"><_this type="PropertyCollector">propertyCollector</_this><token>{token.Groups[1].Value}</token></ContinueRetrievePropertiesEx>"""
                : "";
        }

        output.WriteLine($"{vms.Count} VMs with all properties in {pages.Sum(p => p.TotalSeconds):F1} s, {pages.Count} pages");
        vms.Count.ShouldBe(10_000);
        pages.Count.ShouldBe(10_000 / Page);
        // The median of each half: the first page compiles code, and the machine is shared.
        Median(pages[10..]).ShouldBeLessThan(Median(pages[..10]) * 4);

        async Task<(string Body, HttpResponseMessage Response)> CallAsync(string method)
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, "/sdk")
            {
                Content = new StringContent($"""<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>{method}</e:Body></e:Envelope>""", Encoding.UTF8, "text/xml"),
            };
            message.Headers.Add("SOAPAction", "\"urn:vim25/8.0.1.0\"");
            var response = await http.SendAsync(message, cancelled);
            response.EnsureSuccessStatusCode();
            return (await response.Content.ReadAsStringAsync(cancelled), response);
        }
    }

    private static TimeSpan Median(IEnumerable<TimeSpan> times) => times.Order().ElementAt(5);

    [GeneratedRegex("<returnval type=\"ContainerView\">([^<]+)<")]
    private static partial Regex Value();

    [GeneratedRegex("<obj type=\"VirtualMachine\">([^<]+)<")]
    private static partial Regex Vm();

    [GeneratedRegex("<token>([^<]+)</token>")]
    private static partial Regex Token();
}
