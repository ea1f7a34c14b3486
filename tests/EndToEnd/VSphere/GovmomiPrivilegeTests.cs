using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Privileges;

namespace Migrate.EndToEnd.Tests.VSphere;

/// <summary>Privileges as a server that this project did not write knows them.</summary>
public sealed class GovmomiPrivilegeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, InlineData(), InlineData("-esx")]
    public async Task It_answers_what_the_account_may_do(params string[] arguments)
    {
        using var server = await GovmomiServer.StartAsync(Cancel, arguments);
        await using var session = await OpenAsync(server);
        var report = await session.CheckPrivilegesAsync(Cancel);
        (report.Missing.Count, report.Unchecked).ShouldBe((0, null));
    }

    [Fact]
    public async Task A_role_of_all_that_is_needed_can_be_made_since_it_knows_every_one_of_the_privileges()
    {
        using var server = await GovmomiServer.StartAsync(Cancel);
        await using var session = await OpenAsync(server);
        // Its list of privileges is that of an ESXi host.
        (await AddRoleAsync(session, server.Url, "Migrate", NeededPrivilege.All.Where(p => !p.VcenterOnly).Select(p => p.Id))).ShouldBe(HttpStatusCode.OK);
        (await AddRoleAsync(session, server.Url, "Other", ["VirtualMachine.State.MakeSnapshot"])).ShouldBe(HttpStatusCode.InternalServerError, "it refuses what it does not know");
    }

    private static async Task<HttpStatusCode> AddRoleAsync(VSphereSession session, Uri url, string name, IEnumerable<string> privileges)
    {
        var body = $"""
            <Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><AddAuthorizationRole xmlns="urn:vim25">
            <_this type="AuthorizationManager">AuthorizationManager</_this><name>{name}</name>{string.Concat(privileges.Select(p => $"<privIds>{p}</privIds>"))}
            </AddAuthorizationRole></Body></Envelope>
            """;
        using var content = new StringContent(body, Encoding.UTF8, "text/xml");
        using var answer = await session.Http.PostAsync(new Uri(url, "/sdk"), content, Cancel);
        return answer.StatusCode;
    }

    private static Task<VSphereSession> OpenAsync(GovmomiServer server) => VSphereSession.OpenAsync(
        new(server.Url, GovmomiServer.User, GovmomiServer.Password, server.Sha256), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
}
