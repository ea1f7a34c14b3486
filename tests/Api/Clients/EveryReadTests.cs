using Migrate.Api.Tests.Lists;

namespace Migrate.Api.Tests.Clients;

/// <summary>Every call that only looks, by the generated client on a server with some of everything: made from the document, so that a new one cannot be forgotten.</summary>
public sealed class EveryReadTests
{
    // Of these the samples have nothing, or need somebody else: what is read is how they say so.
    private static readonly string[] Refused =
    [
        "CheckPrivileges source.password-unreadable", "GetBaseline baseline.not-found", "GetBundle host.not-probed", "GetLatestCheck plan.check.not-found", "GetManifest manifest.none", "GetManifestSignature manifest.none",
        "GetPlannedDomain host.not-probed",
    ];

    [Fact]
    public async Task Each_answer_is_what_the_document_says()
    {
        await using var server = new RunningServer();
        await server.InitializeAsync();
        var (wrong, empty, refused) = await EveryRead.OfAsync(server, await SampleLists.AddAsync(server));
        wrong.ShouldBeEmpty();
        empty.ShouldBeEmpty("the samples have some of everything");
        refused.ShouldBe(Refused);
    }
}
