using Migrate.Target.Authentication;

namespace Migrate.Target.Tests.Authentication;

public sealed class DhChapExchangeTests
{
    // Computed by Python's hashlib, hmac and zlib from the specification's formulas. The bytes of the challenge are
    // 11 i + 5, those of the shared secret 13 i + 1, those of the key 7 i + its length.
    [Theory]
    [InlineData("DHHC-1:00:ICcuNTxDSlFYX2ZtdHuCiZCXnqWss7rByM/W3eTr8vmMpzdS:", (DhChapHash)1, 0, "100eff122124c5d46a211efa2a687aeaed7e9f1b165e1ababa0ff6b8f54e476c", "0d030f20357118045d9b8c91cda3391e3eb1f44826f4e829cbb68d4cd8208172")]
    [InlineData("DHHC-1:01:ICcuNTxDSlFYX2ZtdHuCiZCXnqWss7rByM/W3eTr8vmMpzdS:", (DhChapHash)1, 256, "34fd336a3c643ab879ea2997309ea6eb960d262e7022861841f1f99f77e30384", "9113850f134c136d32cfb6dae4a07bf7369003c786929514ab6ca9b84a00d10e")]
    [InlineData("DHHC-1:02:MDc+RUxTWmFob3Z9hIuSmaCnrrW8w8rR2N/m7fT7AgkQFx4lLDM6QUhPVl1ka3J51wkKvA==:", (DhChapHash)2, 384, "32a46e590cf88c5f98ec9e17712e2c4fdfe6c8741713c09802ce5ce741fd7d624db312ad3ba300c435f2121752e6994b", "b1803237c0587532a5ecfeb3a164365612ba10db54ee9a1d755905ae560ca455c45b3c54240f65c17ace03c7c5593d99")]
    [InlineData("DHHC-1:03:QEdOVVxjanF4f4aNlJuiqbC3vsXM09rh6O/2/QQLEhkgJy41PENKUVhfZm10e4KJkJeepayzusHIz9bd5Ovy+eQYloY=:", (DhChapHash)3, 1024, "c40c1530443f98a69ec37120300bb95ac745e99bd3c878d694592702a5dad04e1d2806ac3d5c825dbe685d3e8c97efd0e9d05e97547a11c95d1ed54d1e59bb0a", "c6711b37fd141502f93d96978c14191a2afd4a7c221644c404689a75525508fd315152a7bc969aebf2711525f01fcf17f4c768d4bb3fcca228cd0750cca35e67")]
    [InlineData("DHHC-1:01:MDc+RUxTWmFob3Z9hIuSmaCnrrW8w8rR2N/m7fT7AgkQFx4lLDM6QUhPVl1ka3J51wkKvA==:", (DhChapHash)3, 0, "fc39803560b8a63c3da0bd87b3a8ed8629cbdca5b9cd10d636d19179b0d8b4e1800c60c67f66a193f3e08092be37996836c743dd7dc8c6f57275bf2db5f29eba", "4c365a7de93f7ce9c2477ff97f2cb6d86a2c103a6b885cf8bfdb08112e71c09162c651deef896d5d2eabb4f936c6551b3b86222c21860bb7b5ab130f8bbc4328")]
    public void Responses_are_those_of_another_implementation(string secret, DhChapHash hash, int sharedBytes, string hostResponse, string controllerResponse)
    {
        var key = DhChapSecret.Parse(secret);
        var challenge = Enumerable.Range(0, hash.Length()).Select(i => (byte)((11 * i) + 5)).ToArray();
        var shared = Enumerable.Range(0, sharedBytes).Select(i => (byte)((13 * i) + 1)).ToArray();
        var exchange = new DhChapExchange(RunningTarget.HostNqn, "nqn.2026-01.org.migrate:target", 0xBEEF, hash, shared);

        Convert.ToHexStringLower(exchange.HostResponse(key, challenge, 0x01020304)).ShouldBe(hostResponse);
        Convert.ToHexStringLower(exchange.ControllerResponse(key, challenge, 0x01020304)).ShouldBe(controllerResponse);
    }

    [Fact]
    public void Sequence_numbers_differ_and_are_not_zero()
    {
        var numbers = Enumerable.Range(0, 1000).Select(_ => DhChapExchange.NextSequence()).ToList();
        numbers.ShouldBeUnique();
        numbers.ShouldNotContain(0u);
    }
}
