using Migrate.Target.Protocol;

namespace Migrate.Target.Tests.Protocol;

public sealed class PduLayoutTests
{
    [Theory]
    [InlineData(false, false, 4, 24, 24 + 512)]
    [InlineData(true, false, 4, 28, 28 + 512)]
    [InlineData(true, true, 4, 28, 28 + 512 + 4)]
    [InlineData(true, true, 64, 64, 64 + 512 + 4)]
    [InlineData(false, true, 128, 128, 128 + 512 + 4)]
    public void Data_begins_behind_digest_and_padding(bool header, bool data, int alignment, int dataOffset, int length)
    {
        var layout = new PduLayout(header, data, alignment);

        layout.DataOffset(C2HData.HeaderSize).ShouldBe(dataOffset);
        layout.Length(C2HData.HeaderSize, 512).ShouldBe(length);
        layout.Length(C2HData.HeaderSize, 0).ShouldBe(header ? 28 : 24);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void What_one_side_writes_the_other_reads(bool header, bool data)
    {
        var layout = new PduLayout(header, data, 8);
        var pdu = new byte[layout.Length(H2CData.HeaderSize, 512)];
        Random.Shared.NextBytes(pdu);
        var written = new H2CData(7, 3, 1024, 512);
        written.WriteHeader(pdu, layout, last: true);
        layout.SealData(pdu, H2CData.HeaderSize, 512);

        var common = PduHeader.Read(pdu);
        PduRules.CheckHeader(common, layout, 512);
        PduRules.CheckHeaderDigest(pdu, common, layout);
        PduRules.TryGetData(pdu, common, layout, out var content).ShouldBeTrue();
        content.Length.ShouldBe(512);
        common.IsLast.ShouldBeTrue();
        H2CData.Read(pdu).ShouldBe(written);
    }
}
