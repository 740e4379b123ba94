"""The body of a chat."""

from typing import Annotated, Literal

from pydantic import MISSING, Field

from mock_server.contract.bodies.scalars import (
    JSON_INTEGER,
    Body,
    ChatModel,
    CollectionId,
    ContextSize,
    Country,
    DateFilter,
    DomainFilter,
    LanguageFilter,
    NonEmptyText,
    PlainObject,
    RecencyFilter,
)

SearchMode = Literal["web", "academic", "sec"]


class MediaObject(Body):
    """The long form of a media reference."""

    url: NonEmptyText


MediaReference = NonEmptyText | MediaObject


class TextPart(Body):
    """A piece of text."""

    type: Literal["text"]
    text: str


class ImagePart(Body):
    """An image beside the text."""

    type: Literal["image_url"]
    image_url: MediaReference


class FilePart(Body):
    """A document beside the text."""

    type: Literal["file_url"]
    file_url: MediaReference
    file_name: str | MISSING = MISSING


class PdfPart(Body):
    """A PDF beside the text."""

    type: Literal["pdf_url"]
    pdf_url: MediaReference


class VideoPart(Body):
    """A video beside the text."""

    type: Literal["video_url"]
    video_url: MediaReference


ContentPart = Annotated[TextPart | ImagePart | FilePart | PdfPart | VideoPart, Field(discriminator="type")]


class Message(Body):
    """One turn of the conversation."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str | Annotated[list[ContentPart], Field(min_length=1)]


class UserLocation(Body):
    """Where the asker is."""

    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    country: Country | None = None
    city: Annotated[str, Field(max_length=128)] | None = None
    region: Annotated[str, Field(max_length=128)] | None = None


class WebSearchOptions(Body):
    """How to search, and for whom."""

    search_context_size: ContextSize | None = None
    search_type: Literal["fast", "pro", "auto"] | None = None
    user_location: UserLocation | None = None
    image_results_enhanced_relevance: bool | None = None


class TextFormat(Body):
    """An answer of any shape."""

    type: Literal["text"]


class NamedSchema(Body):
    """What a `JsonSchemaFormat` holds; the field `schema` is `schema_` here, as pydantic has one of its own."""

    schema_: PlainObject = Field(alias="schema")
    name: Annotated[str, Field(max_length=64)] | None = None
    description: str | None = None
    strict: bool | None = None


class JsonSchemaFormat(Body):
    """An answer that is an instance of a JSON Schema."""

    type: Literal["json_schema"]
    json_schema: NamedSchema


class RegexSource(Body):
    """What a `RegexFormat` holds."""

    regex: Annotated[str, Field(min_length=1, max_length=1000)]


class RegexFormat(Body):
    """An answer that matches a regular expression."""

    type: Literal["regex"]
    regex: RegexSource


ResponseFormat = Annotated[TextFormat | JsonSchemaFormat | RegexFormat, Field(discriminator="type")]
StopTexts = NonEmptyText | Annotated[list[NonEmptyText], Field(max_length=16)]


class ChatCompletionRequest(Body):
    """A question to a Sonar model."""

    model: ChatModel
    messages: Annotated[list[Message], Field(min_length=1)]
    max_tokens: Annotated[int, Field(ge=1, le=128000), JSON_INTEGER] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    stop: StopTexts | None = None
    stream: bool | None = False
    stream_mode: Literal["full", "concise"] = "full"
    search_mode: SearchMode | None = None
    search_recency_filter: RecencyFilter | None = None
    search_domain_filter: DomainFilter | None = None
    search_language_filter: LanguageFilter | None = None
    search_after_date_filter: DateFilter | None = None
    search_before_date_filter: DateFilter | None = None
    last_updated_after_filter: DateFilter | None = None
    last_updated_before_filter: DateFilter | None = None
    disable_search: bool | None = False
    enable_search_classifier: bool | None = False
    web_search_options: WebSearchOptions | None = None
    return_images: bool | None = False
    image_domain_filter: (
        Annotated[list[Annotated[str, Field(min_length=1, max_length=253)]], Field(max_length=10)] | None
    ) = None
    image_format_filter: (
        Annotated[list[Annotated[str, Field(min_length=1, max_length=10)]], Field(max_length=10)] | None
    ) = None
    return_related_questions: bool | None = False
    return_citations: bool | None = None
    response_format: ResponseFormat | None = None
    language_preference: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    reasoning_effort: Literal["minimal", "low", "medium", "high"] | None = None
    collection_id: CollectionId | None = None
